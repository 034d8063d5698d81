import { isDeepStrictEqual } from 'node:util';
import { trackUpdate } from '../apply/index.ts';
import { type Call, isDryRun, type Reply } from '../call.ts';
import { decode } from '../codec.ts';
import { conflict, invalid, otherName } from '../status-error.ts';
import { isFleeting } from '../store/fleeting.ts';
import type { Row } from '../store/objects.ts';
import { strategyOf } from '../strategies/index.ts';
import { timestamp } from '../time.ts';
import type { FieldError, KubeObject } from '../types.ts';
import { placeInNamespace, readObject } from './document.ts';
import { requireRow } from './get.ts';
import { finalizerWarnings, validateMetadata, validateMetadataUpdate } from './metadata.ts';
import { fieldManager } from './options.ts';

export async function updateVerb(call: Call): Promise<Reply> {
  const { served, info } = call;
  const next = await readObject(call);
  const row = requireRow(call);
  checkUid(call, decode(served, row), next);
  if (!next.metadata.resourceVersion && !served.builtin) {
    // The one error that names the resource where the others name the kind; as the API server has it.
    throw invalid({ group: served.group, kind: served.plural }, info.name, [unconditional]);
  }
  return updateObject(call, row, next);
}

const unconditional: FieldError = {
  reason: 'FieldValueInvalid',
  field: 'metadata.resourceVersion',
  message: 'Invalid value: 0: must be specified for an update',
};

/**
 * Admits and stores what an update or a patch made of an object. Synchronous, so that nothing comes between.
 * @param tracked field ownership is already recorded, as server-side apply does
 */
export function updateObject(call: Call, row: Row, wanted: KubeObject, tracked = false): Reply {
  const live = decode(call.served, row);
  checkIdentity(call, live, wanted);
  const next = prepare(call, live, wanted);
  validate(call, live, next);
  if (!call.served.builtin) call.warnings.push(...finalizerWarnings(next, live));
  const final = tracked ? next : track(call, live, next);
  if (isSame(live, final)) return { code: 200, object: live };
  if (!isDryRun(call)) store(call, row, final);
  return { code: 200, object: final };
}

/** What an update names must be what it names; for a patch a uid is but another field. */
function checkUid({ served, info }: Call, live: KubeObject, { metadata }: KubeObject): void {
  if (metadata.name && metadata.name !== info.name) throw otherName(metadata.name, info.name);
  if (!metadata.uid || metadata.uid === live.metadata.uid) return;
  const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${live.metadata.uid}`;
  throw conflict(served, info.name, why);
}

function checkIdentity(call: Call, live: KubeObject, wanted: KubeObject): void {
  const { served, info } = call;
  const { metadata } = wanted;
  metadata.name ||= info.name;
  if (metadata.name !== info.name) throw otherName(metadata.name, info.name);
  placeInNamespace(call, wanted);
  if (metadata.uid && metadata.uid !== live.metadata.uid) {
    const message = `Invalid value: ${JSON.stringify(metadata.uid)}: field is immutable`;
    throw invalid(served, info.name, [{ reason: 'FieldValueInvalid', field: 'metadata.uid', message }]);
  }
  if (metadata.resourceVersion && metadata.resourceVersion !== live.metadata.resourceVersion) {
    throw conflict(served, info.name);
  }
}

/** What the client cannot decide is taken from the live object. */
function prepare(call: Call, live: KubeObject, wanted: KubeObject): KubeObject {
  const { served, info } = call;
  const strategy = strategyOf(served);
  const next = scoped(call, live, wanted);
  for (const field of serverFields) {
    if (live.metadata[field] === undefined) delete next.metadata[field];
    else Object.assign(next.metadata, { [field]: live.metadata[field] });
  }
  served.compiled.default(next);
  if (info.subresource === '') strategy.prepareUpdate?.(next, live);
  const counts = !served.builtin || strategy.hasGeneration === true;
  if (counts && !isDeepStrictEqual(substance(next), substance(live))) {
    next.metadata.generation = (live.metadata.generation ?? 0) + 1;
  }
  return next;
}

const serverFields = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generateName',
  'selfLink',
] as const;

/** An update of the status changes that alone; any other leaves the status alone. */
function scoped({ served, info }: Call, live: KubeObject, wanted: KubeObject): KubeObject {
  const scope = strategyOf(served).subresources?.[info.subresource];
  if (scope) return scope(wanted, live);
  if (info.subresource === 'status') {
    const { managedFields = live.metadata.managedFields } = wanted.metadata;
    const metadata = { ...live.metadata, ...(managedFields && { managedFields }) };
    return withStatus({ ...live, metadata }, wanted);
  }
  return served.subresources.status ? withStatus(wanted, live) : wanted;
}

function withStatus(object: KubeObject, from: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  return (from['status'] === undefined ? rest : { ...rest, status: from['status'] }) as KubeObject;
}

/** What a generation counts the changes of. */
function substance({ metadata: _, status: __, ...rest }: KubeObject & { status?: unknown }): object {
  return rest;
}

function validate({ served, info }: Call, live: KubeObject, next: KubeObject): void {
  const errors = [
    ...served.compiled.validate(next, live, [
      ...validateMetadata(next, strategyOf(served).plainName),
      ...validateMetadataUpdate(next, live),
    ]),
    ...(strategyOf(served).validate?.(next, live) ?? []),
  ];
  if (errors.length > 0) throw invalid(served, info.name, errors);
}

function track(call: Call, live: KubeObject, updated: KubeObject): KubeObject {
  const { served, info, api } = call;
  const now = timestamp(api.now());
  const subresource = info.subresource ? { subresource: info.subresource } : {};
  return trackUpdate({ live, updated, manager: fieldManager(call), ...subresource, schema: served.schema, now });
}

/** Whether nothing but bookkeeping differs; then nothing is written, and the resource version stays. */
function isSame(live: KubeObject, next: KubeObject): boolean {
  return isDeepStrictEqual(comparable(live), comparable(next));
}

function comparable({ metadata, ...rest }: KubeObject): object {
  const { resourceVersion: _, managedFields = [], ...others } = metadata;
  const owners = managedFields.map(({ time: __, ...entry }) => JSON.stringify(entry)).sort();
  return { ...rest, metadata: prunedOfEmpty(others), owners };
}

const prunedOfEmpty = (metadata: object): object =>
  Object.fromEntries(Object.entries(metadata).filter(([, v]) => typeof v !== 'object' || Object.keys(v).length > 0));

/** An object that waited only for its last finalizer goes with it. */
function store({ api, served, info }: Call, row: Row, object: KubeObject): void {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const isOver = deletionTimestamp !== undefined && finalizers.length === 0 && !strategyOf(served).holds?.(object);
  const type = isOver ? 'DELETED' : 'MODIFIED';
  // Watchers are told what the object was when it went, which includes the finalizer that held it.
  const told = isOver ? decode(served, row) : object;
  const fleeting = !isOver && isFleeting(served.storage, info.subresource);
  api.store.write({ type, resource: served.storage, schema: served.revision, object: told, prev: row, fleeting });
}
