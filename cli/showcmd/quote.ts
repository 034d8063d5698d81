const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word for a POSIX shell. */
export const shellWord = (word: string): string => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** A command for a person: an option and its value to a line, ready to be pasted. */
export function shellLines(words: readonly string[]): string {
  const [command = '', ...args] = words.map(shellWord);
  const lines = [command];
  for (const [i, arg] of args.entries()) {
    const isValue = !arg.startsWith('-') && args[i - 1]?.startsWith('-');
    if (isValue) lines.push(`${lines.pop()} ${arg}`);
    else lines.push(`  ${arg}`);
  }
  return lines.join(' \\\n');
}
