import { serverSideApply } from '../apply/index.ts';
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
    schema: served.schema,
    now: timestamp(api.now()),
  });
  if ('conflicts' in result) throw applyConflict(result.conflicts);
  return row ? updateObject(call, row, result.object, true) : createObject(call, result.object, true);
}

type Conflicts = { manager: string; field: string }[];

/** Source: k8s.io/apimachinery `managedfields/internal/conflict.go`. */
function applyConflict(conflicts: Conflicts): StatusError {
  const causes = conflicts.map(({ manager, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${manager}`,
    field,
  }));
  return new StatusError(409, 'Conflict', conflictMessage(conflicts), { causes });
}

function conflictMessage(conflicts: Conflicts): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.field}`;
  const managers = [...new Set(conflicts.map((c) => c.manager))].sort();
  const lines = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...conflicts.filter((c) => c.manager === manager).map((c) => `- ${c.field}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}
