import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { listSnapshots } from '../../executor/storage/header/snapshots.ts';
import { writerDisk } from '../fixtures/guests/writer.ts';
import { booted, lastWritten, numbers, writtenBeyond } from './guest.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';
import { smallDisk } from './tmpfs.ts';
import { until } from './until.ts';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('writer', writerDisk());
});

afterAll(async () => {
  await executor?.[Symbol.asyncDispose]();
});

async function machine(name: string, more: object = {}): Promise<void> {
  await executor.create('VirtualMachine', name, smallMachine('writer', more));
  await writtenBeyond(executor, name, 2);
}

const snapshot = (name: string, of: string, spec: object = {}) =>
  executor.create('VirtualMachineSnapshot', name, { virtualMachine: { name: of }, ...spec });
const taken = (name: string) =>
  executor.eventually('VirtualMachineSnapshot', name, (now) => now?.status?.ready && now.status.phase === 'Ready');
const reverted = (name: string, token: string) =>
  executor.eventually(
    'VirtualMachineSnapshot',
    name,
    ({ status } = {} as never) => status?.reverted === token && status.phase === 'Ready',
  );
const askToRevert = (name: string, token: string) =>
  executor.patch('VirtualMachineSnapshot', name, { spec: { revert: token } });
const power = (name: string, state: string) =>
  executor.eventually('VirtualMachine', name, (vm) => vm?.status?.powerState === state);
const volume = async (disk: string) =>
  (await executor.eventually('VirtualMachineDisk', disk, (now) => now?.status?.path)).status?.path ?? '';
const tags = async (disk: string) => (await listSnapshots(await volume(disk))).map(({ name }) => name);

/** qemu itself leaks a cluster where it meets a full disk; that loses a little space, and nothing else. */
function corruptions(path: string): number {
  const { status, stdout } = spawnSync('qemu-img', ['check', '-f', 'qcow2', '--output=json', path], {
    encoding: 'utf8',
  });
  expect([0, 3]).toContain(status);
  return JSON.parse(stdout).corruptions ?? 0;
}

test('snapshots are listed with kubectl, by what the volumes hold', async () => {
  await machine('listed');
  await snapshot('listed-1', 'listed');
  await snapshot('listed-2', 'listed', { memory: true });
  await executor.kubectl('wait', '--for=condition=Ready', '--timeout=90s', 'vmsn/listed-1', 'vmsn/listed-2');
  const table = await executor.kubectl('get', 'vmsn', '-o', 'wide');
  expect(table).toMatch(/listed-1 +listed +Ready +false +Crash/);
  expect(table).toMatch(/listed-2 +listed +Ready +true +Memory/);
  expect(await tags('listed-root')).toHaveLength(2);
  await executor.kubectl('delete', 'vmsn', 'listed-1', 'listed-2', '--wait');
  expect(await tags('listed-root')).toEqual([]);
  await writtenBeyond(executor, 'listed', await lastWritten(executor, 'listed'));
  await executor.kubectl('delete', 'vm', 'listed', '--wait');
});

test('an executor killed in the middle of a snapshot with memory ends with exactly one, and the guest goes on', async () => {
  await machine('cut');
  for (const [index, delay] of [0, 20, 60, 150].entries()) {
    const name = `cut-${index}`;
    await snapshot(name, 'cut', { memory: true });
    await executor.eventually('VirtualMachineSnapshot', name, (now) => now?.status?.phase !== undefined);
    await sleep(delay);
    await executor.stop('SIGKILL');
    await executor.start();
    const { metadata } = await taken(name);
    expect((await tags('cut-root')).filter((tag) => tag === `vmctl-${metadata.uid}`)).toHaveLength(1);
    await writtenBeyond(executor, 'cut', await lastWritten(executor, 'cut'));
  }
  expect(await tags('cut-root')).toHaveLength(4);
  expect(await numbers(executor, 'cut', 'R')).toHaveLength(1);
  await executor.kubectl('delete', 'vm', 'cut', '--wait');
}, 240_000);

test('an executor killed in the middle of a revert finishes it, once', async () => {
  await machine('back');
  await snapshot('back-disk', 'back');
  await taken('back-disk');
  const at = await lastWritten(executor, 'back');
  let boots = (await numbers(executor, 'back', 'R')).length;
  for (const delay of [0, 15, 40, 100]) {
    await writtenBeyond(executor, 'back', (await lastWritten(executor, 'back')) + 5);
    const token = `after-${delay}`;
    await askToRevert('back-disk', token);
    await sleep(delay);
    await executor.stop('SIGKILL');
    await executor.start();
    await reverted('back-disk', token);
    boots += 1;
    const found = await booted(executor, 'back', boots);
    expect(found.at(-1)).toBeLessThanOrEqual(at + 1);
    await writtenBeyond(executor, 'back', found.at(-1) ?? 0);
    expect(await numbers(executor, 'back', 'R')).toHaveLength(boots);
  }
  await executor.kubectl('delete', 'vm', 'back', '--wait');
}, 240_000);

test('an executor killed in the middle of a revert with memory finishes it, and the guest goes on from there', async () => {
  await machine('mind');
  await snapshot('mind-mem', 'mind', { memory: true });
  await taken('mind-mem');
  const at = await lastWritten(executor, 'mind');
  for (const delay of [0, 15, 40, 100]) {
    await writtenBeyond(executor, 'mind', at + 8);
    const before = (await numbers(executor, 'mind', 'W')).length;
    const token = `after-${delay}`;
    await askToRevert('mind-mem', token);
    await sleep(delay);
    await executor.stop('SIGKILL');
    await executor.start();
    await reverted('mind-mem', token);
    await power('mind', 'Running');
    await until(
      async () => {
        const all = await numbers(executor, 'mind', 'W');
        return all.slice(before).some((number) => number <= at + 1);
      },
      { limitMs: 100_000, what: () => 'the guest to count again from the snapshot' },
    );
  }
  expect(await numbers(executor, 'mind', 'R')).toHaveLength(1);
  await executor.kubectl('delete', 'vm', 'mind', '--wait');
}, 240_000);

test('a pool without room for memory refuses the snapshot, and the machine goes on', async () => {
  const disk = smallDisk(16);
  if (!disk) return;
  onTestFinished(() => disk[Symbol.dispose]());
  await executor.create('VirtualMachineStoragePool', 'small', { dir: { path: disk.path } });
  await machine('big', { disks: [{ name: 'root', image: { name: 'writer', pool: 'small' } }] });
  await snapshot('big-mem', 'big', { memory: true });
  const failed = await executor.eventually(
    'VirtualMachineSnapshot',
    'big-mem',
    (now) => now?.status?.phase === 'Failed',
  );
  expect(failed.status?.conditions).toMatchObject([{ type: 'Ready', status: 'False', reason: 'NoSpace' }]);
  expect(failed.status?.conditions?.[0]?.message).toContain('free space');
  expect(await tags('big-root')).toEqual([]);
  await power('big', 'Running');
  await writtenBeyond(executor, 'big', await lastWritten(executor, 'big'));
  execFileSync('mount', ['-o', 'remount,size=256m', disk.path]);
  await executor.patch('VirtualMachineSnapshot', 'big-mem', { spec: { expiresAfter: '24h' } });
  await taken('big-mem');
  await executor.kubectl('delete', 'vm', 'big', '--wait');
});

test('a disk that is full fails the snapshot, leaves nothing half made, and the machine goes on when there is room', async () => {
  const disk = smallDisk(16);
  if (!disk) return;
  onTestFinished(() => disk[Symbol.dispose]());
  await executor.create('VirtualMachineStoragePool', 'brim', { dir: { path: disk.path } });
  await machine('brim', { disks: [{ name: 'root', image: { name: 'writer', pool: 'brim' } }] });
  await disk.fill();
  await snapshot('brim-1', 'brim');
  const failed = await executor.eventually(
    'VirtualMachineSnapshot',
    'brim-1',
    (now) => now?.status?.phase === 'Failed',
  );
  expect(failed.status?.conditions?.[0]).toMatchObject({ reason: 'NoSpace', status: 'False' });
  expect(await tags('brim-root')).toEqual([]);
  const last = await lastWritten(executor, 'brim');
  disk.free();
  await writtenBeyond(executor, 'brim', last + 1);
  await executor.patch('VirtualMachineSnapshot', 'brim-1', { spec: { expiresAfter: '24h' } });
  await taken('brim-1');
  await executor.patch('VirtualMachine', 'brim', { spec: { powerState: 'Stopped' } });
  await power('brim', 'Stopped');
  expect(corruptions(await volume('brim-root'))).toBe(0);
  await executor.kubectl('delete', 'vm', 'brim', '--wait');
}, 240_000);

test('a snapshot of a machine with a raw disk names the disk and what to do', async () => {
  const disks = [
    { name: 'root', image: { name: 'writer' } },
    { name: 'scratch', blank: { size: '1Mi', format: 'raw' } },
  ];
  await machine('raw', { disks });
  await snapshot('raw-1', 'raw');
  const failed = await executor.eventually('VirtualMachineSnapshot', 'raw-1', (now) => now?.status?.phase === 'Failed');
  expect(failed.status?.conditions?.[0]).toMatchObject({ reason: 'FormatNotSupported' });
  expect(failed.status?.conditions?.[0]?.message).toContain('the disk scratch (raw-scratch) is raw');
  await executor.kubectl('delete', 'vm', 'raw', '--wait');
  await executor.eventually('VirtualMachineSnapshot', 'raw-1', (gone) => gone === undefined);
});
