import { type Api, type Call, isDryRun, type Reply } from '../call.ts';
import { decode } from '../codec.ts';
import { readDocument } from '../http/body.ts';
import type { Served } from '../registry.ts';
import { badRequest, conflict, deleted, invalid } from '../status-error.ts';
import type { Row } from '../store/objects.ts';
import { strategyOf } from '../strategies/index.ts';
import { timestamp } from '../time.ts';
import type { KubeObject, ObjectMeta } from '../types.ts';
import { isRecord } from './document.ts';
import { requireRow } from './get.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  propagation?: Propagation | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  dryRun?: boolean;
}

export async function deleteVerb(call: Call): Promise<Reply> {
  const options = await readDeleteOptions(call);
  const row = requireRow(call);
  const waiting = deleteRow(call.api, call.served, row, options);
  if (waiting) return { code: 200, object: waiting };
  return { code: 200, status: deleted(call.served, row.name, row.uid) };
}

/** Options come in the body or in the query. @throws StatusError 400, 422 */
export async function readDeleteOptions(call: Call): Promise<DeleteOptions> {
  const hasBody = Number(call.req.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in call.req.headers;
  const body = hasBody ? (await readDocument(call.req)).value : {};
  if (!isRecord(body)) throw badRequest('the body is not a DeleteOptions');
  const preconditions = isRecord(body['preconditions']) ? body['preconditions'] : {};
  const dryRun = Array.isArray(body['dryRun']) && body['dryRun'].includes('All');
  return {
    propagation: propagationOf(call.query, body),
    uid: textOrNone(preconditions['uid']),
    resourceVersion: textOrNone(preconditions['resourceVersion']),
    dryRun: dryRun || isDryRun(call),
  };
}

const textOrNone = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const policies: readonly string[] = ['Background', 'Foreground', 'Orphan'] satisfies Propagation[];

function propagationOf(query: URLSearchParams, body: Record<string, unknown>): Propagation | undefined {
  const orphan = body['orphanDependents'] ?? query.get('orphanDependents');
  if (orphan !== null && orphan !== undefined) return String(orphan) === 'true' ? 'Orphan' : 'Background';
  const policy = body['propagationPolicy'] ?? query.get('propagationPolicy');
  if (policy === null || policy === undefined || policy === '') return undefined;
  if (typeof policy === 'string' && policies.includes(policy)) return policy as Propagation;
  const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`;
  const error = { reason: 'FieldValueNotSupported', field: 'propagationPolicy', message } as const;
  throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [error]);
}

/** The finalizers through which the garbage collector takes part. */
const collectorFinalizers: Partial<Record<Propagation, string>> = {
  Foreground: 'foregroundDeletion',
  Orphan: 'orphan',
};

/**
 * Deletes an object, or marks it as being deleted when a finalizer holds it.
 * @returns the object if it is still there
 */
export function deleteRow(api: Api, served: Served, row: Row, options: DeleteOptions): KubeObject | undefined {
  const live = decode(served, row);
  checkPreconditions(served, live.metadata, options);
  strategyOf(served).checkDelete?.(live);
  const marked = mark(api, served, structuredClone(live), options.propagation);
  const isHeld = (marked.metadata.finalizers ?? []).length > 0 || strategyOf(served).holds?.(marked) === true;
  const changed = JSON.stringify(marked) !== JSON.stringify(live);
  if (!options.dryRun && (!isHeld || changed)) {
    const object = isHeld ? marked : live;
    const type = isHeld ? 'MODIFIED' : 'DELETED';
    api.store.write({ type, resource: served.storage, schema: served.revision, object, prev: row });
    api.sweep(row.uid);
  }
  return isHeld ? marked : undefined;
}

function checkPreconditions(served: Served, metadata: ObjectMeta, { uid, resourceVersion }: DeleteOptions): void {
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      served,
      metadata.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`;
    throw conflict(served, metadata.name, why);
  }
}

/** Writes down that, and how, the object is to go. */
function mark(api: Api, served: Served, object: KubeObject, propagation: Propagation | undefined): KubeObject {
  const { metadata } = object;
  const ours = Object.values(collectorFinalizers);
  const own = collectorFinalizers[propagation ?? 'Background'];
  const kept = (metadata.finalizers ?? []).filter((name) => propagation === undefined || !ours.includes(name));
  const finalizers = own && !kept.includes(own) ? [...kept, own] : kept;
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  strategyOf(served).prepareDelete?.(object, api.now());
  if (!metadata.deletionTimestamp) {
    metadata.deletionTimestamp = timestamp(api.now());
    metadata.deletionGracePeriodSeconds = 0;
    if (metadata.generation) metadata.generation++;
  }
  return object;
}
