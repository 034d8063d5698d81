import {
  anything,
  decoding,
  fieldsOf,
  flag,
  float,
  type GoType,
  int,
  listOf,
  mapOf,
  structOf,
  text,
} from '../go-types.ts';

const schema = structOf(() => schemaFields, 'v1.JSONSchemaProps');

const schemaOrBool: GoType = {
  zero: () => ({}),
  check: (value, path) => (typeof value === 'boolean' ? undefined : schema.check(value, path)),
};

const ruleFields = {
  ...fieldsOf(text, 'rule', 'message', 'messageExpression', 'reason', 'fieldPath'),
  optionalOldSelf: flag,
};
const rule = structOf(() => ruleFields, 'v1.ValidationRule');

/** Source: k8s.io/apiextensions-apiserver `v1.JSONSchemaProps`. */
const schemaFields: Record<string, GoType> = {
  ...fieldsOf(text, '$ref', '$schema', 'id', 'description', 'type', 'format', 'title', 'pattern'),
  ...fieldsOf(text, 'x-kubernetes-list-type', 'x-kubernetes-map-type'),
  ...fieldsOf(flag, 'exclusiveMaximum', 'exclusiveMinimum', 'uniqueItems', 'nullable', 'x-kubernetes-int-or-string'),
  ...fieldsOf(flag, 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'),
  ...fieldsOf(float, 'maximum', 'minimum', 'multipleOf'),
  ...fieldsOf(int, 'maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties'),
  ...fieldsOf(listOf(text), 'required', 'x-kubernetes-list-map-keys'),
  ...fieldsOf(listOf(schema, '[]v1.JSONSchemaProps'), 'allOf', 'anyOf', 'oneOf'),
  ...fieldsOf(mapOf(schema, 'map[string]v1.JSONSchemaProps'), 'properties', 'patternProperties', 'definitions'),
  ...fieldsOf(schemaOrBool, 'additionalProperties', 'additionalItems'),
  ...fieldsOf(anything, 'default', 'example', 'externalDocs', 'dependencies'),
  ...fieldsOf(schema, 'not', 'items'),
  enum: listOf(anything, '[]v1.JSON'),
  'x-kubernetes-validations': listOf(rule, 'v1.ValidationRules'),
};

const validationFields = { openAPIV3Schema: schema };
const columnFields = { ...fieldsOf(text, 'name', 'type', 'format', 'description', 'jsonPath'), priority: int };

const versionFields: Record<string, GoType> = {
  ...fieldsOf(text, 'name', 'deprecationWarning'),
  ...fieldsOf(flag, 'served', 'storage', 'deprecated'),
  schema: structOf(() => validationFields, 'v1.CustomResourceValidation'),
  subresources: structOf(() => fieldsOf(mapOf(anything), 'status', 'scale'), 'v1.CustomResourceSubresources'),
  additionalPrinterColumns: listOf(structOf(() => columnFields, 'v1.CustomResourceColumnDefinition')),
  selectableFields: listOf(structOf(() => fieldsOf(text, 'jsonPath'), 'v1.SelectableField')),
};

const nameFields: Record<string, GoType> = {
  ...fieldsOf(text, 'plural', 'singular', 'kind', 'listKind'),
  ...fieldsOf(listOf(text), 'shortNames', 'categories'),
};

const specFields: Record<string, GoType> = {
  ...fieldsOf(text, 'group', 'scope'),
  names: structOf(() => nameFields, 'v1.CustomResourceDefinitionNames'),
  versions: listOf(structOf(() => versionFields, 'v1.CustomResourceDefinitionVersion')),
  conversion: structOf(() => ({ strategy: text }), 'v1.CustomResourceConversion'),
  preserveUnknownFields: flag,
};

const spec = structOf(() => specFields, 'v1.CustomResourceDefinitionSpec');

/**
 * Checks the types of a CRD's spec, which no structural schema can describe, since schemas contain themselves; and
 * takes out nulls. @throws StatusError 400
 */
export function checkCrdTypes(value: unknown): void {
  const kind = { kind: 'CustomResourceDefinition', version: 'v1' };
  decoding(kind, () => spec.check(value ?? {}, 'CustomResourceDefinition.spec'));
}
