/** Every path into `T` through objects, as `machine.clock.base`. Lists are leaves. */
export type Path<T> = T extends readonly unknown[]
  ? never
  : T extends object
    ? { [K in keyof T & string]: K | `${K}.${Path<NonNullable<T[K]>>}` }[keyof T & string]
    : never;

type Bag = Record<string, unknown>;

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null;

/** The value at a path, `undefined` where a part of it is missing. */
export const getPath = (scope: object, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (isBag(value) ? value[key] : undefined), scope);

/** Sets the value at a path and makes what is missing on the way. Paths come from tables, never from the input. */
export function setPath(scope: object, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let bag = scope as Bag;
  for (const key of keys) {
    if (!isBag(bag[key])) bag[key] = {};
    bag = bag[key] as Bag;
  }
  bag[last] = value;
}
