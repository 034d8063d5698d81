/** A new token of a one-shot request: the time, which a person who reads the object understands, and what makes it unique. */
export const newToken = (now = new Date()): string =>
  `${now.toISOString().replace(/\.\d+Z$/, 'Z')}-${Math.random().toString(36).slice(2, 8)}`;
