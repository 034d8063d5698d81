import type { Call } from '../call.ts';
import { apiVersionOf } from '../codec.ts';
import { type Document, readDocument } from '../http/body.ts';
import type { Served } from '../registry.ts';
import { badRequest, invalid } from '../status-error.ts';
import { strategyOf } from '../strategies/index.ts';
import type { FieldError, KubeObject } from '../types.ts';
import { checkMetadataTypes } from './metadata-types.ts';
import { reportStrictErrors, strictErrors } from './options.ts';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the object that a create or an update sends. @throws StatusError 400, 413, 415 */
export async function readObject(call: Call): Promise<KubeObject> {
  return toObject(call, await readDocument(call.req));
}

/** A document as an object of the served kind: of the right kind, pruned, and strictly checked if the client asked. */
export function toObject(call: Call, { value, duplicates, text }: Document): KubeObject {
  const object = requireKind(call, value, text);
  const unknown = call.served.compiled.prune(object);
  reportStrictErrors(call, strictErrors(duplicates, unknown));
  return object;
}

/**
 * Checks apiVersion, kind and the types in metadata. Of a built-in kind absent ones are those of the served kind.
 * @param text of the body, where the object is one as it was sent
 */
export function requireKind({ served, info }: Call, value: unknown, text?: string): KubeObject {
  if (!isRecord(value)) throw badRequest(`the body is not an object of kind ${served.kind}`);
  const expected = apiVersionOf(served);
  if (!served.builtin) requireOwnKind(served, value, info.name, text);
  const { apiVersion = expected, kind = served.kind, metadata } = value;
  requireVersion(apiVersion, expected);
  if (kind !== served.kind) {
    throw badRequest(
      `${kind} in version "${served.version}" cannot be handled as a ${served.kind}: expected kind ${served.kind}`,
    );
  }
  checkMetadataTypes(served, metadata);
  const meta = withoutEmpty(metadata ?? {});
  const object = { ...value, apiVersion: expected, kind: served.kind, metadata: meta } as KubeObject;
  checkTypes(served, object);
  return object;
}

/** A built-in kind is typed all through, and what prepares it relies on that. */
function checkTypes(served: Served, object: KubeObject): void {
  if (!served.builtin) return;
  strategyOf(served).checkTypes?.(object);
  const copy = structuredClone(object);
  served.compiled.default(copy);
  const wrong = served.compiled.validate(copy).find((error) => error.reason === 'FieldValueTypeInvalid');
  if (!wrong) return;
  const { kind, version } = served;
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${wrong.field}: ${wrong.message}`);
}

/** A custom resource must say what it is. Source: apiextensions-apiserver's decoder and validator. */
function requireOwnKind(served: Served, value: Record<string, unknown>, name: string, text?: string): void {
  const { kind, apiVersion = '', metadata } = value;
  const expected = apiVersionOf(served);
  if (!kind && text !== undefined) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${served.kind}): Object 'Kind' is missing in '${text}' (${summary(text)})`,
    );
  }
  if (text !== undefined) requireVersion(apiVersion, expected);
  const wanted = { kind: served.kind, apiVersion: expected };
  const sent = { kind: kind ?? '', apiVersion };
  const errors = (['kind', 'apiVersion'] as const)
    .filter((field) => sent[field] !== wanted[field])
    .map((field) => invalidType(field, sent[field], wanted[field]));
  const named = isRecord(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : name;
  if (errors.length > 0) throw invalid({ group: served.group, kind: String(sent.kind) }, named, errors);
}

const invalidType = (field: string, value: unknown, wanted: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${JSON.stringify(value)}: must be ${wanted}`,
});

function requireVersion(apiVersion: unknown, expected: string): void {
  if (apiVersion === expected) return;
  const why = `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`;
  throw badRequest(why);
}

const summaryLength = 30;

const summary = (text: string): string => (text.length > summaryLength ? `${text.slice(0, summaryLength)} ...` : text);

/** What Go leaves out of ObjectMeta's JSON: empty maps, lists and texts, and nulls. */
const withoutEmpty = (metadata: object): object =>
  Object.fromEntries(Object.entries(metadata).filter(([, value]) => !isEmpty(value)));

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** Takes the namespace from the path; what the object says must agree. */
export function placeInNamespace({ served, info }: Call, object: KubeObject): void {
  const { metadata } = object;
  if (!served.namespaced) {
    if (metadata.namespace) throw badRequest(`namespace must not be set on ${served.resource}: it is cluster-scoped`);
    delete metadata.namespace;
    return;
  }
  if (!info.namespace) throw badRequest('an empty namespace may not be set during creation');
  if (metadata.namespace && metadata.namespace !== info.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata.namespace = info.namespace;
}
