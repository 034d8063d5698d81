/** Every path into `T` through objects, as `machine.clock.base`. Lists are leaves. */
export type Path<T> = T extends readonly unknown[]
  ? never
  : T extends object
    ? { [K in keyof T & string]: K | `${K}.${Path<NonNullable<T[K]>>}` }[keyof T & string]
    : never;

type Bag = Record<string, unknown>;

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null;

const known = new Map<string, readonly string[]>();

/** The keys of a path; paths come from tables, so there are a few hundred. */
function keysOf(path: string): readonly string[] {
  const found = known.get(path) ?? path.split('.');
  known.set(path, found);
  return found;
}

/** The value at a path, `undefined` where a part of it is missing. */
export function getPath(scope: object, path: string): unknown {
  let value: unknown = scope;
  for (const key of keysOf(path)) {
    if (!isBag(value)) return undefined;
    value = value[key];
  }
  return value;
}

/** Sets the value at a path and makes what is missing on the way. Paths come from tables, never from the input. */
export function setPath(scope: object, path: string, value: unknown): void {
  const keys = keysOf(path);
  const last = keys.at(-1) ?? '';
  let bag = scope as Bag;
  for (const key of keys.slice(0, -1)) {
    if (!isBag(bag[key])) bag[key] = {};
    bag = bag[key] as Bag;
  }
  bag[last] = value;
}
