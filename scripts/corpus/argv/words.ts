/** The words of a command as libvirt's tests print it: a POSIX shell line with environment, quotes and continued lines. */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] ?? '';
    if (c === "'") {
      const end = text.indexOf("'", i + 1);
      word = (word ?? '') + text.slice(i + 1, end);
      i = end;
    } else if (c === '"') {
      let inside = '';
      for (i += 1; text[i] !== '"' && i < text.length; i += 1) inside += text[i] === '\\' ? text[++i] : text[i];
      word = (word ?? '') + inside;
    } else if (c === '\\') {
      i += 1;
      if (text[i] !== '\n') word = (word ?? '') + text[i];
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + c;
  }
  return word === undefined ? words : [...words, word];
}

/** Without the environment and the binary. */
export function argumentsOf(words: readonly string[]): string[] {
  const binary = words.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  return words.slice(binary + 1);
}
