type Value = string | number | boolean | undefined;

/** In qemu's option strings a comma ends a value; doubled, it is data. */
const doubled = (value: string): string => value.replaceAll(',', ',,');

const written = (value: Exclude<Value, undefined>): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : doubled(String(value));

/** `key=value,key=value`, for options that take no JSON; undefined values are left out. */
export function keyValues(values: Readonly<Record<string, Value>>): string {
  return Object.entries(values)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${written(value)}`]))
    .join(',');
}

/** `first,key=value`, for options whose first word stands alone. */
export function option(first: string, values: Readonly<Record<string, Value>> = {}): string {
  return [doubled(first), keyValues(values)].filter((part) => part !== '').join(',');
}

/** ECMAScript's own way to write a number as it is; TypeScript does not know it yet. */
const { rawJSON } = JSON as typeof JSON & { readonly rawJSON: (text: string) => unknown };

/** Numbers of 64 bits, such as a world wide name, do not fit into JavaScript's. */
const exact = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? rawJSON(String(value)) : value);

/** The JSON form, in which a comma, a colon or a quote in a path is nothing but data. */
export const json = (value: Readonly<Record<string, unknown>>): string => JSON.stringify(value, exact);

export const device = (properties: { readonly driver: string; readonly [property: string]: unknown }): string[] => [
  '-device',
  json(properties),
];

export const object = (properties: {
  readonly 'qom-type': string;
  readonly id: string;
  readonly [p: string]: unknown;
}) => ['-object', json(properties)];
