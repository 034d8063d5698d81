import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ELECTION, type ElectionLease } from '../../../executor/cluster/election.ts';
import { NODES, OUT_OF_SERVICE } from '../../../executor/cluster/fenced.ts';
import { LEASES } from '../../../executor/daemon/node-lease.ts';
import { findQemus } from '../../../executor/qemu/process/index.ts';
import { missingServers } from '../../../scripts/cluster/binaries.ts';
import { writerDisk, writtenNumbers } from '../../fixtures/guests/writer.ts';
import { whyNoNetworks } from '../../network/namespace.ts';
import { type Plane, startPlane } from '../placing.ts';
import { type Door, openDoor } from './door.ts';
import { createHost, type Host } from './host.ts';

/** Several hosts on one control plane, with a pool that all of them see. */
export interface Hosts extends AsyncDisposable {
  readonly plane: Plane;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly pool: string;
  host(name: string | undefined): Host;
  /** The host whose executor leads the controllers; nothing where nobody does. */
  leader(): Promise<string | undefined>;
  /** Vouches for a node's being off, or takes that back. */
  vouch(name: string, isOff: boolean): Promise<void>;
  /** The machine's qemus on all hosts. */
  qemus(uid: string): number[];
  /** What the guest has written to its disk. @throws on a torn block: two have written */
  written(): number[];
}

export const FAST = ['--lease', '4', '--election', '3,2,1', '--crash-backoff', '200,1000'];
export const DISK = 'data';

export const whyNoHosts = async (): Promise<string | undefined> =>
  missingServers(['kube-controller-manager', 'kube-scheduler']) ?? (await whyNoNetworks('unshare'));

export async function startHosts(names: readonly string[]): Promise<Hosts> {
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-hosts-'));
  chmodSync(folder, 0o711);
  const pool = join(folder, 'pool');
  mkdirSync(pool, { mode: 0o755 });
  const cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const plane = cleanup.use(await startPlane({ scheduler: true, controllerManager: true }));
  const door = cleanup.use(await openDoor(plane.cluster, folder));
  const hosts = new Map<string, Host>();
  await Promise.all(names.map((name) => addHost(folder, name, door, hosts, cleanup)));
  await makeDisk(plane, folder, pool);
  return {
    ...{ plane, hosts, pool },
    ...lookers(plane, hosts, pool),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

async function addHost(
  folder: string,
  name: string,
  door: Door,
  hosts: Map<string, Host>,
  cleanup: AsyncDisposableStack,
): Promise<void> {
  const host = cleanup.use(await createHost(folder, name, door, [...FAST, '--import-folder', folder]));
  hosts.set(name, host);
  await host.start();
}

async function makeDisk(plane: Plane, folder: string, pool: string): Promise<void> {
  const path = join(folder, 'writer.img');
  writeFileSync(path, writerDisk({ everyTicks: 1 }), { mode: 0o644 });
  await plane.create('VirtualMachineStoragePool', 'shared', { dir: { path: pool, shared: true } });
  const source = { file: { path } };
  await plane.create('VirtualMachineImage', 'writer', { source, format: 'raw', pool: 'shared' });
  const spec = { pool: 'shared', format: 'raw', source: { image: { name: 'writer' } } };
  await plane.create('VirtualMachineDisk', DISK, spec);
}

function lookers(plane: Plane, hosts: ReadonlyMap<string, Host>, pool: string) {
  return {
    host: (name: string | undefined): Host => {
      const host = hosts.get(name ?? '');
      if (!host) throw new Error(`there is no host ${name}`);
      return host;
    },
    leader: async () => {
      const lease = await plane.client.get<ElectionLease>(LEASES, ELECTION).catch(() => undefined);
      return lease?.spec?.holderIdentity?.split('_')[0];
    },
    vouch: async (name: string, isOff: boolean) => {
      type Node = Parameters<typeof plane.client.replace>[1] & { spec?: { taints?: { key: string }[] } };
      const { spec } = await plane.client.get<Node>(NODES, { name });
      const others = spec?.taints?.filter(({ key }) => key !== OUT_OF_SERVICE) ?? [];
      const taint = { key: OUT_OF_SERVICE, value: 'nodeshutdown', effect: 'NoExecute' };
      await plane.client.patch(NODES, { name }, { spec: { taints: isOff ? [...others, taint] : others } });
    },
    qemus: (uid: string) =>
      [...findQemus().values()].filter(({ argv }) => argv.some((word) => word.includes(uid))).map(({ pid }) => pid),
    written: () => writtenNumbers(readFileSync(join(pool, 'disks', 'default', `${DISK}.raw`))),
  };
}

/** A small machine that writes numbers to its disk, one after the other, and goes on where the last one was. */
export const writer = (more: object = {}): object => ({
  memory: { size: '32Mi' },
  machine: { type: 'pc' },
  disks: [{ name: 'root', disk: { name: DISK } }],
  stop: { method: 'Guest', timeoutSeconds: 2 },
  graphics: [],
  channels: [],
  rng: [],
  balloon: { enabled: false },
  ...more,
});
