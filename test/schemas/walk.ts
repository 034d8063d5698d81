import type { OpenApiSchema } from '../../schemas/crd.ts';

/** A schema below another, and where it is: `.spec.disks[].name`. */
export interface Place {
  readonly path: string;
  readonly schema: OpenApiSchema;
}

const extra = (schema: OpenApiSchema): OpenApiSchema | undefined => {
  const values = schema['additionalProperties'];
  return typeof values === 'object' && values !== null ? (values as OpenApiSchema) : undefined;
};

/** The schema and everything below it. */
export function* places(schema: OpenApiSchema, path = ''): Iterable<Place> {
  yield { path, schema };
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* places(child, `${path}.${name}`);
  if (schema.items) yield* places(schema.items, `${path}[]`);
  const values = extra(schema);
  if (values) yield* places(values, `${path}{}`);
}
