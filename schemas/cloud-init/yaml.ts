import { SeedProblem } from './problem.ts';

/** Parses YAML, or JSON, which is YAML. @throws an error in words */
export type ParseYaml = (text: string) => unknown;

export type YamlMap = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is YamlMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where a parser stopped, of all that it says: the rest may be a piece of the text, which may be secret. */
function whereOf({ message }: Error): string {
  if (message.startsWith('Excessive alias count')) return ': its aliases multiply beyond use';
  return /^[^\n]*( at line \d+, column \d+)/.exec(message)?.[1] ?? '';
}

/** @throws SeedProblem that says where, and never what */
export function parsed(parse: ParseYaml, text: string, what: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new SeedProblem('CloudInitInvalid', `${what} is not valid YAML${whereOf(error as Error)}`);
  }
}

export function parsedMap(parse: ParseYaml, text: string | undefined, what: string): YamlMap {
  const value = text === undefined ? undefined : parsed(parse, text, what);
  if (value === undefined || value === null) return {};
  if (isMap(value)) return value;
  throw new SeedProblem('CloudInitInvalid', `${what} is not a map of names to values`);
}

/** User data of the kind that most write is checked here, where somebody sees it, and not in a guest that nobody gets into. */
export function checkUserData(parse: ParseYaml, text: string | undefined): void {
  if (text !== undefined && /^#cloud-config\s*(\n|$)/.test(text)) parsedMap(parse, text, 'userData');
}
