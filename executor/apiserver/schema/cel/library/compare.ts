/** Order of two values of one type, numbers of any type together. */
export function compareValues(a: unknown, b: unknown): number {
  const left = a as bigint;
  const right = b as bigint;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** CEL's equality: numbers by value, lists and maps by content. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (isNumeric(a) && isNumeric(b)) return compareValues(a, b) === 0;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => equalValues(item, b[i]));
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && equalValues(value, b.get(key)));
  }
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  return Object.is(a, b);
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'bigint' || typeof value === 'number';
}
