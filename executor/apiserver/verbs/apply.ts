import { formatConflicts, serverSideApply } from '../apply/index.ts';
import type { Call, Reply } from '../call.ts';
import { decode } from '../codec.ts';
import type { Document } from '../http/body.ts';
import { badRequest, conflict, invalid, notFound, StatusError } from '../status-error.ts';
import { timestamp } from '../time.ts';
import type { FieldError } from '../types.ts';
import { createObject } from './create.ts';
import { toObject } from './document.ts';
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
  const applied = toObject(call, document);
  if (applied.metadata.managedFields) throw badRequest('metadata.managedFields must be nil');
  applied.metadata.name ||= info.name;
  const row = api.store.objects.get(served.storage, info.namespace, info.name);
  if (!row && info.subresource) throw notFound(served, info.name);
  if (!row && applied.metadata.resourceVersion) throw conflict(served, info.name);
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

/** What this endpoint does not write, and whose owner an applier therefore does not become. */
function ignoredFields({ served, info }: Call, applied: object): string[] {
  if (info.subresource === '') return served.subresources.status ? ['status'] : [];
  return Object.keys(applied).filter((key) => !['apiVersion', 'kind', 'metadata', info.subresource].includes(key));
}
