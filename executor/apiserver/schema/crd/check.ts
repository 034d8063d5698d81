import type { FieldError, JsonSchema } from '../../types.ts';
import { invalid, required } from '../field-error.ts';
import { equal, isObject, type JsonObject } from '../json.ts';
import { dns1035Label } from '../names.ts';
import { checkColumn } from './columns.ts';
import { checkNames } from './naming.ts';
import { checkSchema } from './schema.ts';
import { checkSelectableFields } from './selectable.ts';

type Check = (version: JsonObject, path: string) => FieldError[];

/**
 * Errors of a CustomResourceDefinition at its admission, beyond those that its own schema finds: names, versions,
 * structural schemas, defaults, list types, rules. Paths and words are those of apiextensions-apiserver, which reports
 * what all versions have in common at the top: `spec.validation.openAPIV3Schema.properties[spec]…`.
 */
export function checkCrd(crd: object): FieldError[] {
  const spec = member(crd as JsonObject, 'spec');
  const versions = objects(spec['versions']);
  return [
    ...checkNames(crd as JsonObject, spec),
    ...versions.flatMap((version, i) => checkVersionName(version, `spec.versions[${i}].name`)),
    ...(versions[0] ? checkVersionName(versions[0], 'spec.version') : []),
    ...checkVersions(versions),
    ...parts.flatMap(({ at, common, value, check }) => checkPart(versions, { at, common, value, check })),
    ...checkConversion(member(spec, 'conversion')),
  ];
}

/** A part of a version, and where it is reported when all versions have the same. */
interface Part {
  at: string;
  common: string;
  value: (version: JsonObject) => unknown;
  check: Check;
}

const parts: Part[] = [
  { at: 'schema', common: 'validation', value: ({ schema }) => schema, check: checkVersionSchema },
  {
    at: 'additionalPrinterColumns',
    common: 'additionalPrinterColumns',
    value: ({ additionalPrinterColumns: columns }) => columns,
    check: ({ additionalPrinterColumns }, path) =>
      objects(additionalPrinterColumns).flatMap((column, i) => checkColumn(column, `${path}[${i}]`)),
  },
  {
    at: 'selectableFields',
    common: 'selectableFields',
    value: ({ selectableFields }) => selectableFields,
    check: (version, path) =>
      checkSelectableFields(objects(version['selectableFields']), schemaOf(version) ?? {}, path),
  },
];

function checkPart(versions: JsonObject[], { at, common, value, check }: Part): FieldError[] {
  const [first] = versions;
  if (!first) return [];
  const shared = value(first) !== undefined && versions.every((version) => equal(value(version), value(first)));
  if (shared) return check(first, `spec.${common}`);
  return versions.flatMap((version, i) => check(version, `spec.versions[${i}].${at}`));
}

function checkVersionSchema(version: JsonObject, path: string): FieldError[] {
  const schema = schemaOf(version);
  if (!schema) return [required(`${path}.openAPIV3Schema`)];
  return checkSchema(schema, `${path}.openAPIV3Schema`, isObject(member(version, 'subresources')['status']));
}

function checkVersionName({ name }: JsonObject, path: string): FieldError[] {
  const complaints = dns1035Label(String(name ?? ''));
  return complaints.length === 0 ? [] : [invalid(path, name, complaints.join(','))];
}

function checkVersions(versions: JsonObject[]): FieldError[] {
  const errors: FieldError[] = [];
  const field = 'spec.versions';
  const names = new Set(versions.map(({ name }) => name));
  if (names.size < versions.length) errors.push(invalid(field, versions, 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    errors.push(invalid(field, versions, 'must have exactly one version marked as storage version'));
  }
  return errors;
}

/** Webhooks would need somebody to call; the embedded API converts nothing but apiVersion. */
function checkConversion({ strategy, webhook }: JsonObject): FieldError[] {
  if (strategy !== 'Webhook' || isObject(webhook)) return [];
  return [required('spec.conversion.webhookClientConfig', 'required when strategy is set to Webhook')];
}

function schemaOf(version: JsonObject): JsonSchema | undefined {
  const schema = member(version, 'schema')['openAPIV3Schema'];
  return isObject(schema) ? (schema as JsonSchema) : undefined;
}

function member(of: JsonObject, key: string): JsonObject {
  const value = of[key];
  return isObject(value) ? value : {};
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
