import type { FieldError, JsonSchema } from '../../types.ts';
import { forbidden, invalid } from '../field-error.ts';
import { goRegExp } from '../regexp.ts';

const JUNCTORS = ['anyOf', 'allOf', 'oneOf'] as const;

/** What a branch may not say, and in which words that is refused. */
const FORBIDDEN: [keyof JsonSchema, string][] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

/** The branches of a schema: anyOf, allOf, oneOf, not. */
export function checkValueValidations(schema: JsonSchema, path: string): FieldError[] {
  const branches = JUNCTORS.flatMap((junctor) =>
    (schema[junctor] ?? []).flatMap((branch, i) => checkBranch(branch, `${path}.${junctor}[${i}]`)),
  );
  return schema.not ? [...branches, ...checkBranch(schema.not, `${path}.not`)] : branches;
}

function checkBranch(branch: JsonSchema, path: string): FieldError[] {
  const errors = [...checkValueValidations(branch, path), ...checkPattern(branch, path)];
  if (branch.items) errors.push(...checkBranch(branch.items, `${path}.items`));
  for (const [key, property] of Object.entries(branch.properties ?? {})) {
    errors.push(...checkBranch(property, `${path}.properties[${key}]`));
  }
  for (const [key, detail] of FORBIDDEN) if (isSet(branch[key])) errors.push(forbidden(`${path}.${key}`, detail));
  if (branch.properties && Object.hasOwn(branch.properties, 'metadata')) {
    errors.push(forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
  }
  return errors;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0);
}

export function checkPattern({ pattern }: JsonSchema, path: string): FieldError[] {
  if (!pattern) return [];
  try {
    goRegExp(pattern);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${why}`)];
  }
}
