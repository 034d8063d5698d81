/** Thrown inside for whatever is not the plain subset. */
class Unfamiliar extends Error {}

interface Line {
  readonly indent: number;
  readonly text: string;
}

const KEY = /^([A-Za-z0-9_./-]+):(?: +(.*))?$/;
/** First characters that mean syntax, numbers or dates in YAML; a scalar that begins so is not read here. */
const SPECIAL = /^[-+.\d&*!|>%@`"'{}[\],?:#~<=]/;
const WORD: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
/** Words on which YAML 1.1 and 1.2 differ. */
const AMBIGUOUS = /^(y|n|yes|no|on|off|true|false|null|inf|nan)$/i;

function scalar(text: string): unknown {
  if (text === '{}') return {};
  if (text === '[]') return [];
  if (/^"[^"\\]*"$/.test(text) || /^'[^']*'$/.test(text)) return text.slice(1, -1);
  if (Object.hasOwn(WORD, text)) return WORD[text];
  if (SPECIAL.test(text) || AMBIGUOUS.test(text) || / #|: |:$/.test(text)) throw new Unfamiliar();
  return text.trimEnd();
}

function lines(text: string): Line[] {
  if (text.includes('\t') || text.includes('\r')) throw new Unfamiliar();
  const all = text.split('\n').filter((line) => line.trim() !== '' && !/^ *#/.test(line));
  const body = all[0] === '---' ? all.slice(1) : all;
  return body.map((line) => ({ indent: line.length - line.trimStart().length, text: line.trim() }));
}

class Reader {
  private readonly lines: Line[];
  private at = 0;

  constructor(source: Line[]) {
    this.lines = source;
  }

  whole(): unknown {
    const value = this.block(0);
    if (this.at < this.lines.length) throw new Unfamiliar();
    return value;
  }

  private peek(indent: number): string | undefined {
    const line = this.lines[this.at];
    return line?.indent === indent ? line.text : undefined;
  }

  private block(indent: number): unknown {
    const text = this.peek(indent);
    if (text === undefined) throw new Unfamiliar();
    return text.startsWith('- ') ? this.sequence(indent) : this.mapping(indent);
  }

  private mapping(indent: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (let text = this.peek(indent); text !== undefined && !text.startsWith('- '); text = this.peek(indent)) {
      const [, key, rest] = KEY.exec(text) ?? [];
      if (key === undefined || key in result || /^[\d.-]/.test(key)) throw new Unfamiliar();
      this.at += 1;
      result[key] = rest === undefined ? this.nested(indent) : scalar(rest);
    }
    return result;
  }

  /** What follows `key:` on the next lines; a list may stand at the key's own indentation. */
  private nested(indent: number): unknown {
    const next = this.lines[this.at];
    if (next && next.indent > indent) return this.block(next.indent);
    return next?.indent === indent && next.text.startsWith('- ') ? this.sequence(indent) : null;
  }

  private sequence(indent: number): unknown[] {
    const items: unknown[] = [];
    for (let text = this.peek(indent); text?.startsWith('- '); text = this.peek(indent)) {
      const item = text.slice(2);
      if (!KEY.test(item)) {
        this.at += 1;
        items.push(scalar(item));
        continue;
      }
      this.lines[this.at] = { indent: indent + 2, text: item };
      items.push(this.mapping(indent + 2));
    }
    return items;
  }
}

/**
 * The value of a YAML text that keeps to what `kubectl config` and `vmctl up` write: mappings, lists, plain scalars.
 * Undefined for anything else, which a real YAML parser has to read; that one costs a command line 15 ms.
 */
export function parseSimpleYaml(text: string): unknown {
  try {
    return new Reader(lines(text)).whole();
  } catch (error) {
    if (error instanceof Unfamiliar) return undefined;
    throw error;
  }
}
