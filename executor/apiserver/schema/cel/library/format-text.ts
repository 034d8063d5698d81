type Verb = (value: unknown, precision: number | undefined) => string;

const verbs: Record<string, Verb> = {
  s: (value) => show(value),
  d: (value) => show(value),
  f: (value, precision = 6) => Number(value).toFixed(precision),
  e: (value, precision = 6) =>
    Number(value)
      .toExponential(precision)
      .replace(/e([+-])(\d)$/, 'e$10$2'),
  b: (value) => radix(value, 2),
  o: (value) => radix(value, 8),
  x: (value) => (typeof value === 'string' ? Buffer.from(value).toString('hex') : radix(value, 16)),
  X: (value) => (typeof value === 'string' ? Buffer.from(value).toString('hex') : radix(value, 16)).toUpperCase(),
};

/** cel-go's `string.format(list)`. Throws for a verb that is none and for arguments that are missing. */
export function formatText(template: string, values: unknown[]): string {
  let next = 0;
  return template.replace(
    /%(?:%|(?:\.(\d+))?(.))/g,
    (whole, precision: string | undefined, verb: string | undefined) => {
      if (verb === undefined) return '%';
      const format = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
      if (!format)
        throw new Error(`could not parse formatting clause: unrecognized formatting clause "${whole.slice(1)}"`);
      if (next >= values.length) throw new Error(`index ${next} out of range`);
      return format(values[next++], precision === undefined ? undefined : Number(precision));
    },
  );
}

function radix(value: unknown, base: number): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'bigint') return value.toString(base);
  throw new Error('error during formatting: only integers and bools can be formatted so');
}

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, item]) => `${show(key)}: ${show(item)}`)
      .sort()
      .join(', ')}}`;
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  return String(value);
}
