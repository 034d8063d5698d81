import { formatConflicts, serverSideApply, typeErrors } from '../apply/index.ts';
import type { Call, Reply } from '../call.ts';
import { apiVersionOf, decode } from '../codec.ts';
import type { Document } from '../http/body.ts';
import { badRequest, invalid, notFound, otherName, StatusError } from '../status-error.ts';
import { timestamp } from '../time.ts';
import type { FieldError, KubeObject } from '../types.ts';
import { createObject } from './create.ts';
import { isRecord, toObject } from './document.ts';
import { updateObject } from './update.ts';

const managerRequired: FieldError = {
  reason: 'FieldValueRequired',
  field: 'fieldManager',
  message: 'Required value: is required for apply patch',
};

/** Server-side apply: creates the object if it is not there. */
export function applyObject(call: Call, document: Document): Reply {
  const { served, info, api, query } = call;
  const manager = query.get('fieldManager');
  if (!manager) throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [managerRequired]);
  if (!served.builtin) requireApplicable(call, document.value);
  const applied = toObject(call, document);
  if (applied.metadata.managedFields) throw badRequest('metadata.managedFields must be nil');
  applied.metadata.name ||= info.name;
  if (applied.metadata.name !== info.name) throw otherName(applied.metadata.name, info.name);
  const row = api.store.objects.get(served.storage, info.namespace, info.name);
  if (!row && info.subresource) throw notFound(served, info.name);
  if (!row) delete applied.metadata.resourceVersion;
  const result = serverSideApply({
    ...(row && { live: decode(served, row) }),
    applied,
    manager,
    force: query.get('force') === 'true',
    ...(info.subresource && { subresource: info.subresource }),
    ignoredFields: ignoredFields(call, applied),
    schema: served.schema,
    now: timestamp(api.now()),
  });
  if ('conflicts' in result) {
    const { message, causes } = formatConflicts(result.conflicts);
    throw new StatusError(409, 'Conflict', message, { causes });
  }
  return row ? updateObject(call, row, result.object, true) : createObject(call, result.object, true);
}

/** What cannot be merged at all. A real server answers some of it with 500, as if trying again could help. @throws StatusError 400 */
function requireApplicable({ served }: Call, value: unknown): void {
  if (!isRecord(value)) return;
  const { apiVersion = '', kind = '', metadata } = value;
  const expected = apiVersionOf(served);
  if (kind !== served.kind || apiVersion !== expected) {
    throw badRequest(`invalid object type: ${apiVersion || '/'}, Kind=${kind}`);
  }
  const errors = typeErrors(value as unknown as KubeObject, served.schema);
  if (errors.length === 0) return;
  const { namespace = '', name = '' } = isRecord(metadata) ? metadata : {};
  const list = errors.length === 1 ? errors[0] : ['errors:', ...errors.map((error) => `  ${error}`)].join('\n');
  const what = `${namespace}/${name}; ${expected}, Kind=${kind}`;
  throw badRequest(`failed to create typed patch object (${what}): ${list}`);
}

/** What this endpoint does not write, and whose owner an applier therefore does not become. */
function ignoredFields({ served, info }: Call, applied: object): string[] {
  if (info.subresource === '') return served.subresources.status ? ['status'] : [];
  return Object.keys(applied).filter((key) => !['apiVersion', 'kind', 'metadata', info.subresource].includes(key));
}
