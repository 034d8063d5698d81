import { type Api, type Call, isDryRun, type Reply } from '../call.ts';
import { decode } from '../codec.ts';
import { readDocument } from '../http/body.ts';
import type { Served } from '../registry.ts';
import { badRequest, conflict, deleted, invalid } from '../status-error.ts';
import type { Row } from '../store/objects.ts';
import { strategyOf } from '../strategies/index.ts';
import { timestamp } from '../time.ts';
import type { FieldError, KubeObject, ObjectMeta } from '../types.ts';
import { isRecord } from './document.ts';
import { requireRow } from './get.ts';
import { dryRunErrors, requireInteger, unsupported } from './options.ts';

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
  requireOptions(body);
  requireTypes(body, call.query);
  const preconditions = isRecord(body['preconditions']) ? body['preconditions'] : {};
  const dryRun = Array.isArray(body['dryRun']) ? body['dryRun'] : [];
  const errors = [...propagationErrors(call.query, body), ...dryRunErrors(dryRun)];
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  return {
    propagation: propagationOf(call.query, body),
    uid: textOrNone(preconditions['uid']),
    resourceVersion: textOrNone(preconditions['resourceVersion']),
    dryRun: dryRun.includes('All') || isDryRun(call),
  };
}

const textOrNone = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A body of another kind is a mistake that must not delete anything. Options of our own groups are taken too. */
function requireOptions({ kind = 'DeleteOptions', apiVersion = 'v1' }: Record<string, unknown>): void {
  if (kind === 'DeleteOptions') return;
  throw badRequest(
    `no kind "${kind}" is registered for version "${apiVersion}": the body of a DELETE is a DeleteOptions`,
  );
}

function requireTypes(body: Record<string, unknown>, query: URLSearchParams): void {
  const { gracePeriodSeconds } = body;
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null && !Number.isInteger(gracePeriodSeconds)) {
    const type = typeof gracePeriodSeconds;
    throw badRequest(
      `json: cannot unmarshal ${type} into Go struct field DeleteOptions.gracePeriodSeconds of type int64`,
    );
  }
  requireInteger(query, 'gracePeriodSeconds');
}

const policies: readonly string[] = ['Foreground', 'Background', 'Orphan'] satisfies Propagation[];

function propagationOf(query: URLSearchParams, body: Record<string, unknown>): Propagation | undefined {
  const orphan = body['orphanDependents'] ?? query.get('orphanDependents');
  if (orphan !== null && orphan !== undefined) return String(orphan) === 'true' ? 'Orphan' : 'Background';
  const policy = body['propagationPolicy'] ?? query.get('propagationPolicy');
  if (policy === null || policy === undefined || policy === '') return undefined;
  return policy as Propagation;
}

function propagationErrors(query: URLSearchParams, body: Record<string, unknown>): FieldError[] {
  const field = 'propagationPolicy';
  const policy = body[field] ?? query.get(field) ?? '';
  if (policy === '') return [];
  const errors: FieldError[] = [];
  if ((body['orphanDependents'] ?? query.get('orphanDependents') ?? undefined) !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(policy)}: ${why}` });
  }
  if (policies.includes(String(policy))) return errors;
  return [...errors, unsupported(field, policy, [...policies, 'nil'])];
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

/** Named by kind, where other conflicts name the resource. Source: k8s.io/apiserver `rest.BeforeDelete`. */
function checkPreconditions(served: Served, metadata: ObjectMeta, { uid, resourceVersion }: DeleteOptions): void {
  const kind = { group: served.group, plural: served.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    const record = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid})`;
    throw conflict(kind, metadata.name, `${record}. The object might have been deleted and then recreated`);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const record = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion})`;
    throw conflict(kind, metadata.name, `${record}. The object might have been modified`);
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
