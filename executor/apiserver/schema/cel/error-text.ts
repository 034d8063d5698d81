import { TypeError as CelTypeError, EvaluationError, ParseError } from '@marcbachmann/cel-js';

/** What went wrong in an expression, in the words of cel-go where it has words for it. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isCel = error instanceof EvaluationError || error instanceof ParseError || error instanceof CelTypeError;
  if (!isCel) return error.message;
  return wordings.reduce((text, [pattern, wording]) => text.replace(pattern, wording), error.summary);
}

const wordings: [RegExp, string][] = [
  [/^No such key: index out of bounds, index (\S+) .*$/, 'index out of bounds: $1'],
  [/^(integer overflow|no such overload): .*$/, '$1'],
  [/^Invalid duration string: .*$/, "type conversion error from 'string' to 'google.protobuf.Duration'"],
  [/^No such key/, 'no such key'],
  [/^Unknown variable: (.*)$/, "undeclared reference to '$1' (in container '')"],
];
