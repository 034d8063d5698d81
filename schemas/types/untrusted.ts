/**
 * Characters that move a terminal's cursor, start its escape sequences or turn the direction of writing: C0 and C1 controls,
 * and Unicode's bidirectional and line separators.
 */
export const DANGEROUS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const DANGEROUS_IN_LINES =
  /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const REPLACEMENT = '\ufffd';
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text from a guest as one line of at most so many UTF-16 units, with nothing in it that a terminal would obey. */
export function neutralise(text: string, longest: number): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return cut.replace(LONE_SURROGATE, REPLACEMENT).replace(DANGEROUS, REPLACEMENT);
}

/** As `cat -v` shows it: ^[ for escape, M-^X for C1. */
function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 0x7f) return '^?';
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  if (code < 0xa0) return `M-^${String.fromCharCode(code - 0x40)}`;
  return `\\u${code.toString(16)}`;
}

/** Output of a guest for a person's terminal: lines and tabs stay, everything that a terminal would obey is shown instead. */
export const visible = (text: string): string =>
  text.replace(LONE_SURROGATE, REPLACEMENT).replace(DANGEROUS_IN_LINES, shown);
