import { kinds } from '../../schemas/kinds/index.ts';
import type { Manifest } from './manifest.ts';

/** The parts of a zod schema that say in which order a person reads its fields. */
interface Shaped {
  readonly shape?: Readonly<Record<string, Shaped>>;
  readonly element?: Shaped;
  readonly def?: { readonly innerType?: Shaped };
}

const unwrapped = (schema: Shaped): Shaped => (schema.def?.innerType ? unwrapped(schema.def.innerType) : schema);

interface Order {
  readonly element: Shaped | undefined;
  /** Fields in their order; undefined where it is no object. */
  readonly fields: readonly (readonly [name: string, schema: Shaped])[] | undefined;
}

const orders = new WeakMap<Shaped, Order>();

/** Schemas do not change, and are asked for every object. */
function orderOf(wrapped: Shaped): Order {
  const found = orders.get(wrapped);
  if (found) return found;
  const { element, shape } = unwrapped(wrapped);
  const order = { element, fields: shape && Object.entries(shape) };
  orders.set(wrapped, order);
  return order;
}

/** A value with its fields in the order of the schema, as the reference shows them; those that it does not know come first. */
function ordered(value: unknown, schema: Shaped | undefined): unknown {
  if (typeof value !== 'object' || value === null || !schema) return value;
  const { element, fields } = orderOf(schema);
  if (Array.isArray(value)) return element ? value.map((item) => ordered(item, element)) : value;
  if (!fields) return value;
  const bag = value as Record<string, unknown>;
  const known: Record<string, unknown> = {};
  for (const [name, field] of fields) if (Object.hasOwn(bag, name)) known[name] = ordered(bag[name], field);
  const unknown = Object.entries(bag).filter(([name]) => !Object.hasOwn(known, name));
  return unknown.length === 0 ? known : { ...Object.fromEntries(unknown), ...known };
}

export const inSchemaOrder = (object: Manifest): Manifest => ({
  ...object,
  spec: ordered(object.spec, kinds[object.kind].spec as Shaped) as Manifest['spec'],
});
