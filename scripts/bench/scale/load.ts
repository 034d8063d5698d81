import { type ApiClient, createClient } from '../../../schemas/client/client.ts';
import { core, type ResourceType, resourceOf } from '../../../schemas/client/paths.ts';
import { createTransport, type Endpoint } from '../../../schemas/client/transport.ts';
import { API_VERSION } from '../../../schemas/kinds/define.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import { audience } from './audience.ts';

/** What one server made of the load. */
export interface Served {
  readonly perSecond: number;
  /** The slowest of a hundred requests, milliseconds. */
  readonly p99: number;
  /** From the answer to a deletion until the last watch has told of it, the slowest of a hundred, milliseconds. */
  readonly heardP99: number;
}

/** A kind of object to work with. */
export interface Subject {
  readonly type: ResourceType;
  make(name: string): KubeObject;
  /** A merge patch. */
  readonly patch: object;
  readonly subresource?: 'status';
  /** What the update writes. */
  readonly update: object;
}

const meta = (name: string) => ({ name, namespace: 'default' });
const machine = (name: string) => ({
  apiVersion: API_VERSION,
  kind: 'VirtualMachine',
  metadata: meta(name),
  spec: { powerState: 'Stopped', nodeName: 'nowhere', memory: { size: '64Mi' } },
});
const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta(name),
  data: { a: 'x'.repeat(500) },
});

export const SUBJECTS = {
  machines: {
    type: resourceOf(kinds.VirtualMachine),
    make: machine,
    patch: { spec: { memory: { size: '128Mi' } } },
    subresource: 'status',
    update: { status: { powerState: 'Stopped' } },
  },
  'config maps': {
    type: core('configmaps'),
    make: configMap,
    patch: { data: { b: 'y' } },
    update: { data: { c: 'z' } },
  },
} satisfies Record<string, Subject>;

const CLIENTS = 8;
/** Objects that are there beforehand, so that a list has something to say. */
const STANDING = 200;

/** One object's life: made, read, updated, patched, listed among others, deleted. */
function life(client: ApiClient, { type, make, patch, update, subresource }: Subject, name: string) {
  const key = { namespace: 'default', name };
  let read: KubeObject | undefined;
  return [
    () => client.create(type, make(name)),
    async () => {
      read = await client.get(type, key);
    },
    () => client.replace(type, { ...read, ...update } as KubeObject, subresource && { subresource }),
    () => client.patch(type, key, patch),
    () => client.list(type, 'default', { query: { limit: 50 } }),
    () => client.delete(type, key),
  ];
}

/** The same work from eight clients, each with connections of its own, before an audience of watches. */
export async function load(endpoint: Endpoint, subject: Subject, lives: number): Promise<Served> {
  const transports = Array.from({ length: CLIENTS + 1 }, () => createTransport(endpoint));
  const [first, ...clients] = transports.map(createClient) as [ApiClient, ...ApiClient[]];
  for (let index = 0; index < STANDING; index += 1) await first.create(subject.type, subject.make(`standing-${index}`));
  const listeners = await audience(endpoint, subject.type, first);
  const took: number[] = [];
  const work = async (client: ApiClient, number: number) => {
    for (let index = number; index < lives; index += CLIENTS) {
      for (const call of life(client, subject, `m${index}`)) {
        const begun = performance.now();
        await call();
        took.push(performance.now() - begun);
      }
      listeners.deleted(`m${index}`);
    }
  };
  const started = performance.now();
  await Promise.all(clients.map(work));
  const ms = performance.now() - started;
  const heardP99 = p99(await listeners.delays(lives));
  for (let index = 0; index < STANDING; index += 1) await first.delete(subject.type, { ...meta(`standing-${index}`) });
  for (const transport of transports) transport.close();
  return { perSecond: (took.length * 1000) / ms, p99: p99(took), heardP99 };
}

const p99 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
