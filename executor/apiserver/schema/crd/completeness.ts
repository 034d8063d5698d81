import type { FieldError, JsonSchema } from '../../types.ts';
import { required } from '../field-error.ts';

/** Whatever a branch constrains must be defined outside of branches too. */
export function checkCompleteness(schema: JsonSchema, path: string): FieldError[] {
  return inBranches(schema, schema, path, path);
}

/** @param defined the schema outside of branches, at `path`; `at` is where the branch is */
function inBranches(branch: JsonSchema, defined: JsonSchema, path: string, at: string): FieldError[] {
  const nested: [JsonSchema | undefined, string][] = [
    [branch.not, `${at}.not`],
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((junctor) =>
      (branch[junctor] ?? []).map((part, i): [JsonSchema, string] => [part, `${at}.${junctor}[${i}]`]),
    ),
  ];
  return nested.flatMap(([part, where]) => (part ? inBranch(part, defined, path, where) : []));
}

function inBranch(branch: JsonSchema, defined: JsonSchema, path: string, at: string): FieldError[] {
  const errors = inBranches(branch, defined, path, at);
  if (branch.items) errors.push(...below(branch.items, defined.items, `${path}.items`, `${at}.items`));
  for (const [key, property] of Object.entries(branch.properties ?? {})) {
    const step = `properties[${key}]`;
    errors.push(...below(property, defined.properties?.[key], `${path}.${step}`, `${at}.${step}`));
  }
  return errors;
}

function below(branch: JsonSchema, defined: JsonSchema | undefined, path: string, at: string): FieldError[] {
  return defined ? inBranch(branch, defined, path, at) : [required(path, `because it is defined in ${at}`)];
}
