import { kinds } from '../../schemas/kinds/index.ts';
import type { Manifest } from './manifest.ts';

/** The parts of a zod schema that say in which order a person reads its fields. */
interface Shaped {
  readonly shape?: Readonly<Record<string, Shaped>>;
  readonly element?: Shaped;
  readonly def?: { readonly innerType?: Shaped };
}

const unwrapped = (schema: Shaped | undefined): Shaped | undefined =>
  schema?.def?.innerType ? unwrapped(schema.def.innerType) : schema;

/** A value with its fields in the order of the schema, as the reference shows them. */
function ordered(value: unknown, wrapped: Shaped | undefined): unknown {
  const schema = unwrapped(wrapped);
  if (Array.isArray(value)) return value.map((item) => ordered(item, schema?.element));
  const shape = schema?.shape;
  if (typeof value !== 'object' || value === null || !shape) return value;
  const fields = Object.entries(value);
  const place = Object.keys(shape);
  const sorted = fields.toSorted(([one], [other]) => place.indexOf(one) - place.indexOf(other));
  return Object.fromEntries(sorted.map(([name, item]) => [name, ordered(item, shape[name])]));
}

export const inSchemaOrder = (object: Manifest): Manifest => ({
  ...object,
  spec: ordered(object.spec, kinds[object.kind].spec as Shaped) as Manifest['spec'],
});
