import type { JsonSchema } from '../../types.ts';

/** A step: `.name` or `['key']`. */
const STEP = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/y;

/** The schema at a field path such as `.spec.labels['a']`, or what is wrong with the path. */
export function resolvePath(
  path: string,
  schema: JsonSchema,
  { brackets }: { brackets: boolean },
): JsonSchema | string {
  let found = schema;
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const from = STEP.lastIndex;
    const at = path[from];
    if (at === '[' && !brackets) return 'array notation is not allowed';
    const step = STEP.exec(path);
    if (!step)
      return at === '.' || at === '['
        ? 'unexpected end of JSON path'
        : `expected [ or . but got: ${/^[^.[\]]+/.exec(path.slice(from))?.[0] ?? at}`;
    const next = memberAt(found, step[1] ?? (step[2] ?? '').replace(/\\(.)/g, '$1'));
    if (!next) return 'does not refer to a valid field';
    found = next;
  }
  return found;
}

function memberAt({ properties, additionalProperties }: JsonSchema, name: string): JsonSchema | undefined {
  if (properties) return Object.hasOwn(properties, name) ? properties[name] : undefined;
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
