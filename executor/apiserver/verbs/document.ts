import type { Call } from '../call.ts';
import { apiVersionOf } from '../codec.ts';
import { type Document, readDocument } from '../http/body.ts';
import { badRequest } from '../status-error.ts';
import type { KubeObject } from '../types.ts';
import { checkMetadataTypes } from './metadata-types.ts';
import { reportStrictErrors, strictErrors } from './options.ts';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the object that a create or an update sends. @throws StatusError 400, 413, 415 */
export async function readObject(call: Call): Promise<KubeObject> {
  return toObject(call, await readDocument(call.req));
}

/** A document as an object of the served kind: of the right kind, pruned, and strictly checked if the client asked. */
export function toObject(call: Call, { value, duplicates }: Document): KubeObject {
  const object = requireKind(call, value);
  const unknown = call.served.compiled.prune(object);
  reportStrictErrors(call, strictErrors(duplicates, unknown));
  return object;
}

/** Checks apiVersion, kind and the types in metadata; absent ones are those of the served kind. */
export function requireKind({ served }: Call, value: unknown): KubeObject {
  if (!isRecord(value)) throw badRequest(`the body is not an object of kind ${served.kind}`);
  const expected = apiVersionOf(served);
  const { apiVersion = expected, kind = served.kind, metadata } = value;
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (kind !== served.kind) {
    throw badRequest(
      `${kind} in version "${served.version}" cannot be handled as a ${served.kind}: expected kind ${served.kind}`,
    );
  }
  checkMetadataTypes(served, metadata);
  return { ...value, apiVersion: expected, kind: served.kind, metadata: withoutEmpty(metadata ?? {}) } as KubeObject;
}

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
