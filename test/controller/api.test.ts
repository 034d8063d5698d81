import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../../executor/apiserver/index.ts';
import { createRecorder } from '../../executor/controller/events.ts';
import { isHeld, removeFinalizer, withFinalizer } from '../../executor/controller/finalizer.ts';
import { createInformer, type Informer } from '../../executor/controller/informer.ts';
import { writeStatus } from '../../executor/controller/status.ts';
import type { Log } from '../../executor/controller/types.ts';
import { loadCrds } from '../../executor/daemon/crds.ts';
import { type ApiClient, createClient } from '../../schemas/client/client.ts';
import { core, resourceOf } from '../../schemas/client/paths.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import type { VirtualMachineNetwork } from '../../schemas/kinds/network.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { until } from '../e2e/until.ts';

const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };
const CONFIG_MAPS = core('configmaps');
const NETWORKS = resourceOf(kinds.VirtualMachineNetwork);

type ConfigMap = KubeObject & { data?: Record<string, string> };

let dir: string;
let server: ApiServer;
let client: ApiClient;
let informer: Informer<ConfigMap> | undefined;

const serve = async () => startApiServer({ dir, crds: await loadCrds() });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vmctl-controller-'));
  server = await serve();
  client = createClient(createTransport({ socketPath: server.socketPath }));
});

afterEach(async () => {
  informer?.close();
  informer = undefined;
  client.transport.close();
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

const create = (name: string) =>
  client.create<ConfigMap>(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { n: '0' },
  });
const write = (name: string, n: number) =>
  client.patch(CONFIG_MAPS, { namespace: 'default', name }, { data: { n: String(n) } });

/** Follows config maps of the namespace default, and keeps each change. */
function follow(): string[] {
  const changes: string[] = [];
  informer = createInformer<ConfigMap>({
    client,
    type: CONFIG_MAPS,
    log: quiet,
    backoff: { firstMs: 5, longestMs: 50 },
    onChange: (before, after) => {
      const object = after ?? before;
      if (object?.metadata.namespace === 'default')
        changes.push(`${object.metadata.name}=${after?.data?.['n'] ?? 'gone'}`);
    },
  });
  return changes;
}

const has = (changes: readonly string[], change: string) =>
  until(() => changes.includes(change), { limitMs: 60_000, what: () => `${change} among ${changes.join(' ')}` });

test('what is there, what changes and what goes is told, each once', async () => {
  await create('a');
  const changes = follow();
  await informer?.synced;
  await write('a', 1);
  await create('b');
  await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'a' });
  await has(changes, 'a=gone');
  expect(changes).toEqual(['a=0', 'a=1', 'b=0', 'a=gone']);
  expect(informer?.cache.get({ namespace: 'default', name: 'b' })?.metadata).not.toHaveProperty('managedFields');
});

test('no event is lost and none comes twice through restarts of the server', async () => {
  await create('a');
  const changes = follow();
  await informer?.synced;
  let n = 0;
  for (let restart = 0; restart < 3; restart += 1) {
    for (let i = 0; i < 5; i += 1) await write('a', ++n);
    await server.close();
    server = await serve();
    for (let i = 0; i < 5; i += 1) await write('a', ++n);
  }
  await has(changes, `a=${n}`);
  expect(changes).toEqual(Array.from({ length: n + 1 }, (_, i) => `a=${i}`));
});

async function network(): Promise<VirtualMachineNetwork> {
  const object = {
    apiVersion: 'vmctl.dev/v1alpha1',
    kind: 'VirtualMachineNetwork',
    metadata: { name: 'n' },
    spec: { user: {} },
  };
  return client.create<VirtualMachineNetwork>(NETWORKS, object as VirtualMachineNetwork);
}

test('a status is written on a difference only, and afresh after a conflict', async () => {
  const stale = await network();
  await client.patch(NETWORKS, { name: 'n' }, { metadata: { labels: { a: 'b' } } });
  const written = await writeStatus(client, NETWORKS, stale, () => ({ observedGeneration: 1 }));
  expect(written?.status).toEqual({ observedGeneration: 1 });
  expect(written?.metadata.labels).toEqual({ a: 'b' });
  const again = written && (await writeStatus(client, NETWORKS, written, () => ({ observedGeneration: 1 })));
  expect(again?.metadata.resourceVersion).toBe(written?.metadata.resourceVersion);
  await client.delete(NETWORKS, { name: 'n' });
  expect(written && (await writeStatus(client, NETWORKS, written, () => ({ observedGeneration: 2 })))).toBeUndefined();
});

test('a finalizer holds an object until it is taken off', async () => {
  const finalizers = withFinalizer(await network());
  const held = await client.patch<VirtualMachineNetwork>(NETWORKS, { name: 'n' }, { metadata: { finalizers } });
  expect(isHeld(held)).toBe(true);
  await client.delete(NETWORKS, { name: 'n' });
  const deleting = await client.get<VirtualMachineNetwork>(NETWORKS, { name: 'n' });
  expect(deleting.metadata.deletionTimestamp).toBeDefined();
  await removeFinalizer(client, NETWORKS, deleting);
  await expect(client.get(NETWORKS, { name: 'n' })).rejects.toThrow('not found');
});

test('the same event again raises the count of the first', async () => {
  const object = await network();
  const recorder = createRecorder(client, 'node', quiet);
  for (let i = 0; i < 3; i += 1) recorder.record(object, 'Warning', 'Crashed', 'qemu ended');
  recorder.record(object, 'Normal', 'Started', 'started');
  await recorder.flush();
  const { items } = await client.list<KubeObject & { reason: string; count: number; source: object }>(
    core('events'),
    'default',
  );
  expect(items.map(({ reason, count }) => `${reason} ${count}`).sort()).toEqual(['Crashed 3', 'Started 1']);
  expect(items[0]?.source).toEqual({ component: 'vm-executor', host: 'node' });
});
