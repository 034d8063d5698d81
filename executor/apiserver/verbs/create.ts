import { randomBytes } from 'node:crypto';
import { trackUpdate } from '../apply/index.ts';
import { type Api, type Call, isDryRun, type Reply } from '../call.ts';
import { decode } from '../codec.ts';
import { requireLiveNamespace } from '../controllers/namespaces.ts';
import { newObject } from '../new-object.ts';
import type { Served } from '../registry.ts';
import { alreadyExists, invalid, methodNotAllowed, StatusError } from '../status-error.ts';
import { isFleeting } from '../store/fleeting.ts';
import { strategyOf } from '../strategies/index.ts';
import { timestamp } from '../time.ts';
import type { KubeObject } from '../types.ts';
import { placeInNamespace, readObject } from './document.ts';
import { finalizerWarnings, validateMetadata } from './metadata.ts';
import { fieldManager } from './options.ts';

export async function createVerb(call: Call): Promise<Reply> {
  return createObject(call, await readObject(call));
}

/** Admits and stores a new object. Synchronous, so that nothing comes between looking and writing. */
export function createObject(call: Call, sent: KubeObject, tracked = false): Reply {
  const { served, api } = call;
  placeInNamespace(call, sent);
  if (sent.metadata.resourceVersion) {
    throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
  }
  chooseName(api, served, sent);
  // While a CRD is being deleted its objects can go, but none can come.
  if (api.registry.isTerminating(served)) throw methodNotAllowed(served, 'create');
  requireLiveNamespace(api, served, sent);
  const object = prepare(call, sent);
  const { namespace = '', name = '' } = object.metadata;
  const errors = served.compiled.validate(object, undefined, validateMetadata(object, strategyOf(served).plainName));
  errors.push(...(strategyOf(served).validate?.(object) ?? []));
  if (errors.length > 0) throw invalid(served, name, errors);
  if (!served.builtin) call.warnings.push(...finalizerWarnings(object));
  const row = api.store.objects.get(served.storage, namespace, name);
  if (row) throw alreadyExists(served, name, decode(served, row).metadata.deletionTimestamp !== undefined);
  const now = timestamp(api.now());
  const { schema } = served;
  const final = tracked ? object : trackUpdate({ updated: object, manager: fieldManager(call), schema, now });
  if (!isDryRun(call)) {
    api.store.write({
      type: 'ADDED',
      resource: served.storage,
      schema: served.revision,
      object: final,
      prev: undefined,
      fleeting: isFleeting(served.storage, ''),
    });
  }
  return { code: 201, object: final };
}

function prepare({ served, api }: Call, sent: KubeObject): KubeObject {
  const object = newObject(sent, api.now());
  if (!served.builtin) {
    object.metadata.generation = 1;
    if (served.subresources.status) delete object['status'];
  }
  served.compiled.default(object);
  strategyOf(served).prepareCreate?.(object, api.now());
  return object;
}

/** No vowels, so that no words; nothing that looks alike. Source: k8s.io/apimachinery `util/rand`. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const longestBase = 63 - suffixLength;

function chooseName(api: Api, served: Served, { metadata }: KubeObject): void {
  if (metadata.name || !metadata.generateName) return;
  const base = metadata.generateName.slice(0, longestBase);
  do {
    const suffix = [...randomBytes(suffixLength)].map((byte) => alphabet[byte % alphabet.length]).join('');
    metadata.name = `${base}${suffix}`;
  } while (api.store.objects.get(served.storage, metadata.namespace ?? '', metadata.name));
}
