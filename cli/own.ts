/** What a table holds under a word that somebody typed; `constructor` and the like are in no table. */
export const own = <T>(table: Readonly<Record<string, T>>, word: string): T | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;
