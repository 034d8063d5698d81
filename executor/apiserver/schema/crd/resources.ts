import type { JsonSchema, PrinterColumn, Resource } from '../../types.ts';
import { isObject, type JsonObject } from '../json.ts';
import { ALL_VERBS } from '../verbs.ts';

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
};

/** The served versions of an accepted CustomResourceDefinition, as resources. */
export function resourcesOf(crd: object): Resource[] {
  const spec = member(crd, 'spec');
  const versions = Array.isArray(spec['versions']) ? spec['versions'].filter(isObject) : [];
  return versions.filter(({ served }) => served === true).map((version) => resource(spec, version));
}

function resource(spec: JsonObject, version: JsonObject): Resource {
  const names = member(spec, 'names');
  const kind = String(names['kind']);
  return {
    group: String(spec['group']),
    version: String(version['name']),
    kind,
    listKind: String(names['listKind'] ?? `${kind}List`),
    plural: String(names['plural']),
    singular: String(names['singular'] ?? kind.toLowerCase()),
    shortNames: (names['shortNames'] as string[] | undefined) ?? [],
    categories: (names['categories'] as string[] | undefined) ?? [],
    namespaced: spec['scope'] === 'Namespaced',
    subresources: subresources(version),
    columns: (version['additionalPrinterColumns'] as PrinterColumn[] | undefined) ?? [AGE],
    selectableFields: ((version['selectableFields'] ?? []) as { jsonPath: string }[]).map(({ jsonPath }) => jsonPath),
    schema: member(version, 'schema')['openAPIV3Schema'] as JsonSchema,
    builtin: false,
    verbs: ALL_VERBS,
  };
}

function subresources(version: JsonObject): Resource['subresources'] {
  const { status, scale } = member(version, 'subresources');
  return { status: isObject(status), ...(isObject(scale) && { scale }) };
}

function member(of: object, key: string): JsonObject {
  const value = (of as JsonObject)[key];
  return isObject(value) ? value : {};
}
