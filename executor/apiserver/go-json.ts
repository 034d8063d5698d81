const escapes: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** JSON, byte by byte as Go's encoder writes a map: keys in order, and nothing that HTML could trip over. */
export function goJson(value: unknown): string {
  return JSON.stringify(value, sortKeys).replace(/[<>&\u2028\u2029]/g, (mark) => escapes[mark] ?? mark);
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
