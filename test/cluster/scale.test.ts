import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scopeOf } from '../../executor/controller/scope.ts';
import { type ApiClient, createClient, PATCH } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { resourceOf, resourcePath } from '../../schemas/client/paths.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import { type Kind, kinds } from '../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { type Simulated, startSimulated } from '../../scripts/bench/stand-in/executor.ts';
import { writeProgram } from '../../scripts/bench/stand-in/program.ts';
import { type StandIn, startStandIn } from '../../scripts/bench/stand-in/server.ts';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { wait } from '../kinds/node.ts';
import { send } from './answer.ts';
import { applyCrd, established, readCrds } from './crds.ts';
import { type Cluster, startCluster } from './servers.ts';

const missing = missingServers() ?? (process.arch === 'x64' ? undefined : 'the stand-in for qemu is x86-64 code');
if (missing) console.warn(`skipped: many executors on a real API server: ${missing}`);

const NODES = ['n0', 'n1', 'n2'];
const MACHINES = 30;
const SILENT = { info: () => {}, warn: () => {}, error: () => {} };
const typeOf = (kind: Kind) => resourceOf(kinds[kind]);
const target = (kind: Kind, name: string) =>
  kinds[kind].scope === 'Namespaced' ? { namespace: 'default', name } : { name };

describe.skipIf(missing)('three executors on one API server', () => {
  let folder: string;
  let cluster: Cluster;
  let client: ApiClient;
  let standIn: StandIn;
  const executors: Simulated[] = [];
  /** What each executor's watches of machines brought, as text. */
  const heard = new Map<string, string>(NODES.map((node) => [node, '']));

  const create = (kind: Kind, name: string, spec: object) =>
    client.create(typeOf(kind), { apiVersion: API_VERSION, kind, metadata: target(kind, name), spec } as KubeObject);
  const get = <T extends KubeObject>(kind: Kind, name: string): Promise<T | undefined> =>
    client.get<T>(typeOf(kind), target(kind, name)).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  const remove = (kind: Kind, name: string) => client.delete(typeOf(kind), target(kind, name));
  const machines = async () => (await client.list<VirtualMachine>(typeOf('VirtualMachine'), 'default')).items;
  const running = async () => (await machines()).filter(({ status }) => status?.powerState === 'Running');
  const namesHeardBy = (node: string): string[] => [
    ...new Set([...(heard.get(node) ?? '').matchAll(/"name":"(m\d+)"/g)].map(([, name = '']) => name)),
  ];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vmctl-scale-'));
    cluster = await startCluster();
    for (const crd of readCrds()) await applyCrd(cluster.crds, crd);
    for (const crd of readCrds()) await established(cluster.crds, crd.metadata.name);
    client = createClient(cluster.crds.transport);
    const [binary, socket] = [join(folder, 'qemu-system-x86_64'), join(folder, 'stand-in.sock')];
    writeProgram(binary, socket);
    standIn = await startStandIn(socket);
    const endpoints = { core: cluster.core.transport.endpoint, crds: cluster.crds.transport.endpoint };
    const onWatched = (node: string) => (resource: string, chunk: Buffer) => {
      if (resource === 'virtualmachines') heard.set(node, (heard.get(node) ?? '') + chunk.toString());
    };
    for (const nodeName of NODES) {
      const home = join(folder, nodeName);
      executors.push(await startSimulated({ endpoints, nodeName, home, binary, onWatched: onWatched(nodeName) }));
    }
  });
  afterAll(async () => {
    for (const executor of executors) await executor.close();
    await standIn?.close();
    await cluster?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('write three times for each machine from its creation until it runs: the finalizer, the status, the event', async () => {
    const names = Array.from({ length: MACHINES }, (_, index) => `m${index}`);
    const spec = (index: number) => ({ nodeName: NODES[index % NODES.length], memory: { size: '64Mi' } });
    await Promise.all(names.map((name, index) => create('VirtualMachine', name, spec(index))));
    await wait(running, (found) => found.length === MACHINES);
    const requests = () => executors.flatMap(({ traffic }) => [...traffic.requests]);
    const writes = () => {
      const sums: Record<string, number> = {};
      for (const [key, count] of requests()) {
        if (!/^(GET|WATCH) /.test(key)) sums[key] = (sums[key] ?? 0) + count;
      }
      return sums;
    };
    await wait(writes, (sums) => (sums['POST events'] ?? 0) >= MACHINES);
    expect(writes()).toEqual({
      'PATCH virtualmachines': MACHINES,
      'PUT virtualmachines/status': MACHINES,
      'POST events': MACHINES,
    });
    expect(standIn.size).toBe(MACHINES);
  });

  it('hear of their own machines alone', () => {
    const own = (node: number) =>
      Array.from({ length: MACHINES }, (_, index) => `m${index}`).filter((_, i) => i % 3 === node);
    for (const [index, node] of NODES.entries()) expect(namesHeardBy(node).sort()).toEqual(own(index).sort());
  });

  it('know a machine that its node has not let go of, though it is bound elsewhere', async () => {
    const store = (node: number) => executors[node]?.controllers.context.store;
    const key = { namespace: 'default', name: 'moved' };
    await create('VirtualMachine', 'moved', { nodeName: 'n0', powerState: 'Stopped', memory: { size: '64Mi' } });
    await wait(
      () => store(0)?.get('VirtualMachine', key)?.status?.nodeName,
      (node) => node === 'n0',
    );
    await client.patch(typeOf('VirtualMachine'), key, { spec: { nodeName: 'no-such-node' } });
    await wait(
      () => store(0)?.get('VirtualMachine', key)?.spec.nodeName,
      (node) => node === 'no-such-node',
    );
    expect(store(1)?.get('VirtualMachine', key)).toBeUndefined();
    const path = resourcePath(typeOf('VirtualMachine'), { ...key, subresource: 'status' });
    await client.call('PATCH', path, { status: { nodeName: null } }, { 'content-type': PATCH.merge });
    await wait(
      () =>
        store(0)
          ?.list('VirtualMachine')
          .some(({ metadata }) => metadata.name === 'moved'),
      (is) => !is,
    );
  });

  it('keep a disk that a machine of no node names', async () => {
    await create('VirtualMachineStoragePool', 'default', { dir: { path: join(folder, 'pool') }, nodeNames: ['n0'] });
    await create('VirtualMachineDisk', 'kept', { size: '1Mi', source: { blank: {} } });
    const disk = () => get<VirtualMachineDisk>('VirtualMachineDisk', 'kept');
    const made = await wait(disk, (found) => found?.status?.phase === 'Ready');
    await create('VirtualMachine', 'waiting', {
      memory: { size: '64Mi' },
      disks: [{ name: 'data', disk: { name: 'kept' } }],
    });
    await remove('VirtualMachineDisk', 'kept');
    await wait(disk, (found) => found?.status?.conditions?.some(({ reason }) => reason === 'DiskInUse') ?? false);
    expect(existsSync(made?.status?.path ?? '')).toBe(true);
    await remove('VirtualMachine', 'waiting');
    await wait(disk, (found) => found === undefined);
    expect(existsSync(made?.status?.path ?? '')).toBe(false);
  });

  it('follow every machine where the server cannot select by their node', async () => {
    const crd = readCrds().find(({ metadata }) => metadata.name === 'virtualmachines.vmctl.dev');
    const old = { ...cluster.core };
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect(await send(old, { method: 'POST', path, body: crd })).toMatchObject({ status: 201 });
    await established(old, 'virtualmachines.vmctl.dev');
    expect(await scopeOf(createClient(old.transport), 'n0', SILENT)).toEqual({});
    expect(await scopeOf(client, 'n0', SILENT)).toMatchObject({ machines: expect.any(Array) });
  });
});
