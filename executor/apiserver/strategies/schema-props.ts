import { badRequest } from '../status-error.ts';

type Check = (value: unknown, path: string) => void;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const goNames: Record<string, string> = { boolean: 'bool', number: 'number', string: 'string' };

function refuse(value: unknown, path: string, type: string): never {
  const found = Array.isArray(value) ? 'array' : (goNames[typeof value] ?? 'object');
  const kind = 'CustomResourceDefinition';
  throw badRequest(
    `${kind} in version "v1" cannot be handled as a ${kind}: json: cannot unmarshal ${found} into Go struct field ${path} of type ${type}`,
  );
}

const typed =
  (type: string, matches: (value: unknown) => boolean): Check =>
  (value, path) => {
    if (!matches(value)) refuse(value, path, type);
  };

const text = typed('string', (value) => typeof value === 'string');
const flag = typed('bool', (value) => typeof value === 'boolean');
const amount = typed('float64', (value) => typeof value === 'number');
const count = typed('int64', Number.isSafeInteger);
const anything: Check = () => {};

const listOf =
  (item: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) refuse(value, path, 'array');
    value.forEach((each, index) => {
      item(each, `${path}[${index}]`);
    });
  };

const mapOf =
  (item: Check): Check =>
  (value, path) => {
    if (!isObject(value)) refuse(value, path, 'map');
    for (const [key, each] of Object.entries(value)) {
      if (each === null) value[key] = {};
      item(value[key], `${path}.${key}`);
    }
  };

/** Go takes a null for a field that is not there. */
const structOf =
  (fields: () => Record<string, Check>, type: string): Check =>
  (value, path) => {
    if (!isObject(value)) refuse(value, path, type);
    for (const [key, each] of Object.entries(value)) {
      if (each === null) delete value[key];
      else if (Object.hasOwn(fields(), key)) fields()[key]?.(each, `${path}.${key}`);
    }
  };

const schema: Check = (value, path) => structOf(() => schemaFields, 'v1.JSONSchemaProps')(value, path);
const schemaOrBool: Check = (value, path) => (typeof value === 'boolean' ? undefined : schema(value, path));
const rule = structOf(
  () => ({ rule: text, message: text, messageExpression: text, reason: text, fieldPath: text, optionalOldSelf: flag }),
  'v1.ValidationRule',
);

const fieldsOf = (check: Check, ...names: string[]): Record<string, Check> =>
  Object.fromEntries(names.map((name) => [name, check]));

/** Source: k8s.io/apiextensions-apiserver `v1.JSONSchemaProps`. */
const schemaFields: Record<string, Check> = {
  ...fieldsOf(text, '$ref', '$schema', 'id', 'description', 'type', 'format', 'title', 'pattern'),
  ...fieldsOf(text, 'x-kubernetes-list-type', 'x-kubernetes-map-type'),
  ...fieldsOf(flag, 'exclusiveMaximum', 'exclusiveMinimum', 'uniqueItems', 'nullable', 'x-kubernetes-int-or-string'),
  ...fieldsOf(flag, 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'),
  ...fieldsOf(amount, 'maximum', 'minimum', 'multipleOf'),
  ...fieldsOf(count, 'maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties'),
  ...fieldsOf(listOf(text), 'required', 'x-kubernetes-list-map-keys'),
  ...fieldsOf(listOf(schema), 'allOf', 'anyOf', 'oneOf'),
  ...fieldsOf(mapOf(schema), 'properties', 'patternProperties', 'definitions'),
  ...fieldsOf(schemaOrBool, 'additionalProperties', 'additionalItems'),
  ...fieldsOf(anything, 'default', 'example', 'externalDocs', 'dependencies'),
  enum: listOf(anything),
  not: schema,
  items: schema,
  'x-kubernetes-validations': listOf(rule),
};

/**
 * Checks the types in the schemas of a CRD, which no structural schema can describe, since they contain themselves; and
 * takes out nulls. @throws StatusError 400, as Go's decoder
 */
export function checkSchemaTypes(versions: unknown): void {
  if (!Array.isArray(versions)) return;
  versions.forEach((version, index) => {
    const holder = isObject(version) ? version['schema'] : undefined;
    if (!isObject(holder) || holder['openAPIV3Schema'] === undefined || holder['openAPIV3Schema'] === null) return;
    schema(holder['openAPIV3Schema'], `spec.versions[${index}].schema.openAPIV3Schema`);
  });
}
