import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { startApiServer } from '../../executor/apiserver/index.ts';
import { type Controllers, startControllers } from '../../executor/daemon/controllers.ts';
import { prepareHost } from '../../executor/daemon/host.ts';
import { hostFacts } from '../../executor/host/index.ts';
import { findQemus } from '../../executor/qemu/process/index.ts';
import { readWriter } from '../../executor/storage/volume/writer.ts';
import { type ApiClient, createClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { type Kind, kindNames } from '../../schemas/kinds/names.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { endProcess } from '../fixtures/end.ts';
import { wait } from '../kinds/node.ts';
import { testSettings } from '../kinds/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-handover-'));
const pool = join(folder, 'pool');
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const crds = parseAllDocuments(readFileSync(join(import.meta.dirname, '../../yamls/crds.yaml'), 'utf8'));

let server: Awaited<ReturnType<typeof startApiServer>>;
let client: ApiClient;
let lost = false;
const nodes: Controllers[] = [];

/** Two executors on one API, which is not theirs alone, with a pool that both see. */
async function startNode(nodeName: string): Promise<Controllers> {
  const settings = { ...testSettings(join(folder, nodeName)), standalone: false };
  const facts = await hostFacts();
  const acceleration = { accelerator: 'tcg', reason: 'tests need no probe' } as const;
  const prepared = await prepareHost({ ...settings, qemuUser: 'root' }, facts, quiet);
  const host = { ...prepared, acceleration: Promise.resolve(acceleration), accelerated: () => acceleration };
  return startControllers({ client, nodeName, settings, facts, host, log: quiet, leaseLost: () => lost });
}

const create = (kind: Kind, name: string, spec: object, metadata: object = {}) => {
  const where = kindNames[kind].scope === 'Namespaced' ? { namespace: 'default', name } : { name };
  const object = { apiVersion: API_VERSION, kind, metadata: { ...where, ...metadata }, spec };
  return client.create(resourceOf(kindNames[kind]), object as KubeObject);
};
const VM = resourceOf(kindNames.VirtualMachine);
const read = (name: string) => client.get<VirtualMachine>(VM, { namespace: 'default', name });
const until = (name: string, holds: (machine: VirtualMachine) => boolean) => wait(() => read(name), holds);
const patch = (name: string, change: object) => client.patch(VM, { namespace: 'default', name }, change);
const isOn = (node: string) => (machine: VirtualMachine) =>
  machine.status?.powerState === 'Running' && machine.status.nodeName === node;
const qemuOf = ({ metadata }: VirtualMachine) => findQemus().get(metadata.uid ?? '')?.pid;
const small = (more: object): object => ({
  memory: { size: '32Mi' },
  machine: { type: 'pc' },
  stop: { method: 'Force' },
  graphics: [],
  channels: [],
  rng: [],
  balloon: { enabled: false },
  ...more,
});

beforeAll(async () => {
  server = await startApiServer({ dir: join(folder, 'api'), crds: crds.map((document) => document.toJS() as object) });
  client = createClient(createTransport({ socketPath: server.socketPath }));
  mkdirSync(pool);
  nodes.push(await startNode('node-1'), await startNode('node-2'));
  await create('VirtualMachineStoragePool', 'shared', { dir: { path: pool, shared: true } });
  await create('VirtualMachineDisk', 'data', { pool: 'shared', size: '1Mi', format: 'raw' });
});

afterAll(async () => {
  const { items } = await client.list<VirtualMachine>(VM);
  for (const node of nodes) await node.close();
  for (const pid of items.map(qemuOf)) if (pid !== undefined) endProcess(pid);
  client.transport.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const volume = join(pool, 'disks', 'default', 'data.raw');

test('a stopped machine is bound to another node, with its disk on a pool that both see', async () => {
  await create(
    'VirtualMachine',
    'web',
    small({ nodeName: 'node-1', disks: [{ name: 'root', disk: { name: 'data' } }] }),
  );
  await until('web', isOn('node-1'));
  expect((await readWriter(volume))?.node).toBe('node-1');
  await expect(patch('web', { spec: { nodeName: 'node-2' } })).rejects.toThrow('only while powerState is Stopped');
  await patch('web', { spec: { powerState: 'Stopped' } });
  await until('web', ({ status }) => status?.powerState === 'Stopped');
  await patch('web', { spec: { nodeName: 'node-2', powerState: 'Running' } });
  const moved = await until('web', isOn('node-2'));
  expect(moved.metadata.finalizers).toEqual(['vmctl.dev/executor']);
  expect((await readWriter(volume))?.node).toBe('node-2');
});

test('a machine that is taken off its node stops before another has it', async () => {
  const seen: string[] = [];
  await patch('web', { spec: { nodeName: null, requests: { evict: 'one' } } });
  const left = await until('web', (machine) => {
    seen.push(`${machine.status?.nodeName} ${qemuOf(machine) === undefined ? 'off' : 'on'}`);
    return machine.status?.nodeName === undefined;
  });
  expect(seen).not.toContain('undefined on');
  expect(left.metadata.finalizers).toBeUndefined();
  expect(await readWriter(volume)).toBeUndefined();
  await patch('web', { spec: { nodeName: 'node-1' } });
  await until('web', isOn('node-1'));
});

test('a machine whose reservation was given back waits for the next, and says so', async () => {
  const annotations = { 'vmctl.dev/reservation': 'Released' };
  await create('VirtualMachine', 'later', small({ nodeName: 'node-1' }), { annotations });
  const waiting = await until('later', ({ status }) => status?.conditions !== undefined);
  const scheduled = waiting.status?.conditions?.find(({ type }) => type === 'Scheduled');
  expect(scheduled).toMatchObject({ status: 'False', reason: 'NoReservation' });
  expect(qemuOf(waiting)).toBeUndefined();
  await patch('later', { metadata: { annotations: { 'vmctl.dev/reservation': 'node-1' } } });
  await until('later', isOn('node-1'));
});

test('a node without its lease stops the machines whose policy says so, and starts them again', async () => {
  await patch('later', { spec: { leaseLostPolicy: 'Stop' } });
  const web = await read('web');
  lost = true;
  await until('later', ({ status }) => status?.powerState === 'Stopped' && status.lastStop?.reason === 'LeaseLost');
  expect(qemuOf(web)).toBeDefined();
  lost = false;
  await until('later', isOn('node-1'));
});

test('a node that comes back after a fence ends what is not its own any more', async () => {
  const before = await read('later');
  const taken = { ...before.status, nodeName: 'node-3' };
  await patch('later', {
    metadata: { annotations: { 'vmctl.dev/reservation': 'node-3' } },
    spec: { nodeName: null, requests: { evict: 'two' } },
  });
  await client.patch(VM, { namespace: 'default', name: 'later', subresource: 'status' }, { status: taken });
  await wait(
    () => qemuOf(before),
    (pid) => pid === undefined,
  );
});
