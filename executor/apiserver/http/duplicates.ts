/**
 * Finds the keys that a JSON text gives twice in one object, as `spec.disks[0].name`. `JSON.parse` keeps the last one
 * in silence; a strict server tells. The text must be valid JSON.
 */
export function duplicateKeys(text: string): string[] {
  const found: string[] = [];
  const stack: Frame[] = [];
  for (const [part] of text.matchAll(tokens)) {
    const top = stack.at(-1);
    if (part === '{' || part === '[') stack.push({ keys: part === '{' ? new Set() : undefined, index: 0, key: '' });
    else if (part === '}' || part === ']') stack.pop();
    else if (part === ',' && top) top.index++;
    else if (part.endsWith(':') && top?.keys) {
      top.key = JSON.parse(part.slice(0, part.lastIndexOf('"') + 1));
      if (top.keys.has(top.key)) found.push(pathOf(stack));
      top.keys.add(top.key);
    }
  }
  return found;
}

interface Frame {
  /** undefined in an array. */
  keys: Set<string> | undefined;
  index: number;
  key: string;
}

/** A key with its colon, a string, or one of the marks that open, close and separate. */
const tokens = /"(?:[^"\\]|\\.)*"\s*:|"(?:[^"\\]|\\.)*"|[{}[\],]/g;

const pathOf = (stack: Frame[]): string =>
  stack.reduce((path, { keys, index, key }) => (keys ? `${path}${path && '.'}${key}` : `${path}[${index}]`), '');
