import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { connectQmp } from '../../executor/qmp/index.ts';
import { activeFile, listChain } from '../../executor/storage/chain/index.ts';
import { listSnapshots } from '../../executor/storage/header/snapshots.ts';
import { lastWritten, writtenBeyond } from '../e2e/guest.ts';
import { smallMachine, startExecutor, type TestExecutor } from '../e2e/harness.ts';
import { until } from '../e2e/until.ts';
import { writerDisk, writtenNumbers } from '../fixtures/guests/writer.ts';
import { type Control, overFile, take, takenFile } from './control.ts';

const MACHINE = 'web';
/** A restart is most of what a kill costs, and the bundle starts several times as fast as the source. */
const BUNDLE = join(import.meta.dirname, '../../dist/vm-executor.cjs');
const POOL = 'work';

/** An executor that can be made to fail at any step, and a guest that acknowledges what it writes. */
export interface Scene extends AsyncDisposable {
  readonly executor: TestExecutor;
  /** Folder of the pool that all volumes are in. */
  readonly pool: string;
  /** How much the guest has said so far. */
  mark(): Promise<number>;
  /** Arms a fault at a step. */
  arm(control: Pick<Control, 'at' | 'fault'>): Promise<void>;
  /** Whether the fault has happened, and then to its end; one that has not is taken back. */
  disarm(): Promise<boolean>;
  /** Starts an executor that died. */
  revive(): Promise<void>;
  /** What must be true whatever happened since a mark. */
  check(since: number, allowed: Allowed): Promise<void>;
}

export interface Allowed {
  /** qemu was killed, or met a full disk: it may lose track of a little space, and of nothing else. */
  readonly leaks: boolean;
  /** The machine was put back, so that the guest rightly finds less than it wrote. */
  readonly reverts: boolean;
}

/** @param folder of the pool; one in the executor's home where nothing is given */
export async function startScene(folder?: string): Promise<Scene> {
  const control = join('/tmp', `vmctl-faults-${randomUUID()}`);
  const { NODE_OPTIONS, VMCTL_FAULTS } = process.env;
  process.env['NODE_OPTIONS'] =
    `--import=${join(import.meta.dirname, 'faults.ts')} --disable-warning=ExperimentalWarning`;
  process.env['VMCTL_FAULTS'] = control;
  const executor = await startExecutor({ main: BUNDLE });
  restore('NODE_OPTIONS', NODE_OPTIONS);
  restore('VMCTL_FAULTS', VMCTL_FAULTS);
  const pool = folder ?? join(executor.home, 'work');
  await executor.create('VirtualMachineStoragePool', POOL, { dir: { path: pool } });
  await executor.create('VirtualMachineStoragePool', 'vault', { dir: { path: join(executor.home, 'vault') } });
  await executor.image('writer', writerDisk());
  const disks = [
    { name: 'root', image: { name: 'writer', pool: POOL } },
    { name: 'data', blank: { size: '1Mi', pool: POOL } },
  ];
  await executor.create('VirtualMachine', MACHINE, smallMachine('writer', { disks, restartPolicy: 'Always' }));
  await writtenBeyond(executor, MACHINE, 2);
  let armed: Control['fault'] = 'executor';
  const scene: Scene = {
    executor,
    pool,
    mark: async () => (await executor.serial(MACHINE)).length,
    async arm(fault) {
      const { status } = await machine(executor);
      const id = randomUUID();
      armed = fault.fault;
      rmSync(overFile(control), { force: true });
      writeFileSync(control, JSON.stringify({ id, ...fault, pid: status?.pid, folder: pool } satisfies Control));
    },
    async disarm() {
      if (take(control)) return false;
      if (armed !== 'executor')
        await until(() => existsSync(overFile(control)), { limitMs: 60_000, what: () => armed });
      return true;
    },
    async revive() {
      await executor.stop('SIGKILL');
      await executor.start();
    },
    check: (since, allowed) => check(executor, pool, since, allowed),
    async [Symbol.asyncDispose]() {
      for (const file of [control, takenFile(control), overFile(control)]) rmSync(file, { force: true });
      await executor[Symbol.asyncDispose]();
    },
  };
  return scene;
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

const machine = (executor: TestExecutor) => executor.eventually('VirtualMachine', MACHINE, (one) => one);

/** The guest goes on, nothing acknowledged is lost, volumes are sound, nothing is left over. */
async function check(executor: TestExecutor, pool: string, since: number, { leaks, reverts }: Allowed): Promise<void> {
  await executor.eventually('VirtualMachine', MACHINE, (one) => one?.status?.powerState === 'Running');
  await writtenBeyond(executor, MACHINE, await lastWritten(executor, MACHINE));
  if (!reverts)
    expect(lost((await executor.serial(MACHINE)).slice(since)), 'acknowledged, and not found at the next boot').toEqual(
      [],
    );
  await nothingLeft(executor, pool);
  await executor.patch('VirtualMachine', MACHINE, { spec: { powerState: 'Stopped' } });
  await executor.eventually('VirtualMachine', MACHINE, (one) => one?.status?.powerState === 'Stopped');
  const last = await lastWritten(executor, MACHINE);
  for (const disk of ['web-root', 'web-data']) {
    const volume = join(pool, 'disks/default', `${disk}.qcow2`);
    const { path } = await activeFile({ path: volume, format: 'qcow2' });
    sound(path, leaks);
    await nothingForgotten(executor, path);
    if (disk === 'web-root')
      expect(highest(path, executor.home), 'acknowledged and on the disk').toBeGreaterThanOrEqual(last);
  }
  await executor.patch('VirtualMachine', MACHINE, { spec: { powerState: 'Running' } });
  await executor.eventually('VirtualMachine', MACHINE, (one) => one?.status?.powerState === 'Running');
}

/** Boots that found less than had been acknowledged before. */
export function lost(said: string): string[] {
  let written = 0;
  const found: string[] = [];
  for (const [, letter, digits] of said.matchAll(/^([WR]) ([0-9]{8})/gm)) {
    const number = Number(digits);
    if (letter === 'R' && number < written) found.push(`found ${number} after ${written}`);
    written = letter === 'W' ? number : Math.min(written, number);
  }
  return found;
}

/** Every snapshot inside a volume has its object. */
async function nothingForgotten(executor: TestExecutor, path: string): Promise<void> {
  const text = await executor.kubectl('get', 'vmsn', '-o', 'jsonpath={.items[*].metadata.uid}');
  const known = new Set(text.split(' ').map((uid) => `vmctl-${uid}`));
  const inside = (await listSnapshots(path)).map(({ name }) => name);
  expect(
    inside.filter((name) => !known.has(name)),
    `snapshots inside ${path} that no object has`,
  ).toEqual([]);
}

function sound(path: string, leaks: boolean): void {
  const { status, stdout } = spawnSync('qemu-img', ['check', '-f', 'qcow2', '--output=json', path], {
    encoding: 'utf8',
  });
  expect(leaks ? [0, 3] : [0], `qemu-img check of ${path}: ${stdout}`).toContain(status);
  expect((JSON.parse(stdout) as { corruptions?: number }).corruptions ?? 0).toBe(0);
}

function highest(path: string, home: string): number {
  const raw = join(home, 'check.raw');
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path, raw]);
  const last = writtenNumbers(readFileSync(raw)).at(-1) ?? 0;
  rmSync(raw);
  return last;
}

/** No half-made file, no overlay that nobody lies on, no job in qemu; waits, since removing comes after being ready. */
async function nothingLeft(executor: TestExecutor, pool: string): Promise<void> {
  let left: string[] = [];
  const look = async () => {
    left = [
      ...halfMade(pool),
      ...halfMade(join(executor.home, 'vault')),
      ...(await strayOverlays(executor, pool)),
      ...(await jobs(executor)),
    ];
    return left.length === 0;
  };
  await until(look, {
    limitMs: 60_000,
    what: () => `nothing to be left over; there is ${left.join(', ')}\n${executor.log().slice(-4000)}`,
  });
}

function halfMade(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(part|tmp|source)$/.test(name));
}

/**
 * A qemu that is killed between the end of a merge and the executor's hearing of it leaves the upper file to the snapshot that it
 * held: with what it lies on it still reads as that, and it goes with the snapshot.
 */
async function strayOverlays(executor: TestExecutor, pool: string): Promise<string[]> {
  const stray: string[] = [];
  const text = await executor.kubectl('get', 'vmsn', '-o', 'jsonpath={.items[*].status.disks[*].path}');
  const held = new Set(text.split(' '));
  for (const disk of ['web-root', 'web-data']) {
    const volume = join(pool, 'disks/default', `${disk}.qcow2`);
    const files = await listChain(volume);
    const active = await activeFile({ path: volume, format: 'qcow2' });
    const backed = new Set(files.map(({ backing }) => backing));
    stray.push(
      ...files
        .filter(({ path }) => path !== active.path && !backed.has(path) && !held.has(path))
        .map(({ path }) => path),
    );
  }
  return stray;
}

async function jobs(executor: TestExecutor): Promise<string[]> {
  const { metadata } = await machine(executor);
  const socket = join(executor.home, 'machines', metadata.uid ?? '', 'rescue.sock');
  if (!existsSync(socket)) return [];
  const qmp = await connectQmp(socket);
  const found = await qmp.execute('query-jobs');
  qmp.close();
  return found.map(({ id }) => `job ${id}`);
}
