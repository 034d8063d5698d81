import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { detectCgroups } from '../../executor/host/index.ts';
import { findQemus } from '../../executor/qemu/process/identity.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { condition, smallMachine, startExecutor, type TestExecutor } from './harness.ts';

const TYPE = 'VirtualMachine';
const SHARES = '/sys/fs/cgroup/cpu/vmctl';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('beat', serialDisk());
});

afterAll(() => executor?.[Symbol.asyncDispose]());

/** What the kernel says of each thread of a process, by its id. Helpers of qemu's come and go: those that went are not told of. */
function threadsOf(pid: number): Map<string, string> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).flatMap((task): [string, string][] => {
      try {
        return [[task, readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')]];
      } catch {
        return [];
      }
    }),
  );
}

const nameIn = (status: string): string => /^Name:\t(.*)$/m.exec(status)?.[1] ?? '';

/** CPUs that each thread of a process may run on, by the thread's name. */
const allowed = (pid: number): Map<string, string> =>
  new Map(
    [...threadsOf(pid).values()].map((status) => [
      nameIn(status),
      /^Cpus_allowed_list:\t(.*)$/m.exec(status)?.[1] ?? '',
    ]),
  );

test('virtual CPUs, IO threads and the rest run where they are pinned; the group has its weight', async () => {
  const tuning = { emulatorCpus: '0', cpuShares: 512 };
  const iothreads = [{ name: 'io', cpuset: '0' }];
  const cpu = { pinning: [{ vcpu: 0, cpuset: '0' }] };
  await executor.create(TYPE, 'pinned', smallMachine('beat', { tuning, iothreads, cpu }));
  const machine = await executor.eventually(TYPE, 'pinned', (found) => found?.status?.powerState === 'Running');
  const uid = machine.metadata.uid ?? '';
  const threads = allowed(findQemus().get(uid)?.pid ?? 0);
  expect([...threads.values()].filter((cpus) => cpus !== '0')).toEqual([]);
  expect([...threads.keys()].some((name) => name.startsWith('CPU 0'))).toBe(true);
  if (existsSync(`${SHARES}/${uid}`)) expect(readFileSync(`${SHARES}/${uid}/cpu.shares`, 'utf8').trim()).toBe('512');
});

const groups = await detectCgroups();
const folderOf = (controller: string, uid: string): string =>
  groups.version === 'v2' ? join(groups.hierarchies[0] ?? '', uid) : `/sys/fs/cgroup/${controller}/vmctl/${uid}`;
const has = (controller: string): boolean =>
  groups.version === 'v2' ? groups.reason === undefined : existsSync(`/sys/fs/cgroup/${controller}/vmctl`);
/** A whole disk of this host, to which nothing is done. */
const blockDevice = readdirSync('/sys/block').find((name) => existsSync(`/dev/${name}`));
if (!has('cpu')) console.warn('skipped: no control groups with CPU quotas here');
if (!has(groups.version === 'v2' ? 'io' : 'blkio') || !blockDevice)
  console.warn('skipped: limits of block devices cannot be set here');

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8').trim();

test.skipIf(!has('cpu'))(
  'threads of each kind have quotas of their own, in groups that go with the machine',
  async () => {
    const tuning = {
      vcpuPeriodMicroseconds: 50_000,
      vcpuQuotaMicroseconds: 40_000,
      emulatorQuotaMicroseconds: 90_000,
      iothreadQuotaMicroseconds: 80_000,
    };
    await executor.create(TYPE, 'slow', smallMachine('beat', { tuning, iothreads: [{ name: 'io' }] }));
    const machine = await executor.eventually(TYPE, 'slow', (found) => found?.status?.powerState === 'Running');
    expect(condition(machine, 'SpecSupported')).toMatchObject({ status: 'True' });
    const uid = machine.metadata.uid ?? '';
    const folder = folderOf('cpu', uid);
    const threads = threadsOf(machine.status?.pid ?? 0);
    const inside = (group: string) =>
      read(folder, group, groups.version === 'v2' ? 'cgroup.threads' : 'tasks')
        .split('\n')
        .map((thread) => nameIn(threads.get(thread) ?? ''))
        // qemu's pool of threads is started by whichever thread is the first to need one, and in its group.
        .filter((name) => name !== '' && name !== 'worker');
    const quota = (group: string) =>
      groups.version === 'v2'
        ? read(folder, group, 'cpu.max')
        : `${read(folder, group, 'cpu.cfs_quota_us')} ${read(folder, group, 'cpu.cfs_period_us')}`;
    expect(inside('vcpu0')).toEqual([expect.stringMatching(/^CPU 0/)]);
    expect(quota('vcpu0')).toBe('40000 50000');
    expect(inside('iothread-io')).toEqual([expect.stringMatching(/^IO /)]);
    expect(quota('iothread-io')).toBe('80000 100000');
    expect(inside('emulator')).toContain('qemu-system-x86');
    expect(quota('emulator')).toBe('90000 100000');
    await executor.remove(TYPE, 'slow');
    await executor.eventually(TYPE, 'slow', (found) => found === undefined);
    expect(existsSync(folder)).toBe(false);
  },
);

test.skipIf(!has(groups.version === 'v2' ? 'io' : 'blkio') || !blockDevice)(
  'a limit on a disk of the node is the kernel’s; a weight for which it has no scheduler is said to have no effect',
  async () => {
    const path = `/dev/${blockDevice}`;
    const tuning = { ioWeight: 200, ioDevices: [{ path, weight: 300, readBytesPerSecond: 1_048_576, writeIops: 50 }] };
    await executor.create(TYPE, 'held', smallMachine('beat', { tuning }));
    const machine = await executor.eventually(TYPE, 'held', (found) => found?.status?.powerState === 'Running');
    const folder = folderOf('blkio', machine.metadata.uid ?? '');
    const number = read(`/sys/block/${blockDevice}/dev`);
    if (groups.version === 'v2') {
      expect(read(folder, 'io.max')).toBe(`${number} rbps=1048576 wbps=max riops=max wiops=50`);
    } else {
      expect(read(folder, 'blkio.throttle.read_bps_device')).toBe(`${number} 1048576`);
      expect(read(folder, 'blkio.throttle.write_iops_device')).toBe(`${number} 50`);
      expect(read(folder, 'cgroup.procs').split('\n')).toContain(String(machine.status?.pid));
    }
    const said = condition(machine, 'SpecSupported');
    if (said?.status === 'False') expect(said.message).toMatch(/^without effect on this node: spec\.tuning\.io/);
  },
);

test('a limit on what is no disk is a condition that says so', async () => {
  const tuning = { ioDevices: [{ path: '/dev/null', readIops: 5 }] };
  await executor.create(TYPE, 'none', smallMachine('beat', { tuning }));
  const refused = await executor.eventually(
    TYPE,
    'none',
    (found) =>
      found && (condition(found, 'Ready')?.reason === 'TuningFailed' || found.status?.powerState === 'Running'),
  );
  if (groups.version !== 'none') expect(condition(refused, 'Ready')?.message).toContain('/dev/null is no block device');
});

test('a CPU that the node does not have is a condition that names the field', async () => {
  const cpu = { pinning: [{ vcpu: 0, cpuset: '1000' }] };
  await executor.create(TYPE, 'nowhere', smallMachine('beat', { cpu }));
  const refused = await executor.eventually(
    TYPE,
    'nowhere',
    (found) => found && condition(found, 'Ready')?.reason === 'TuningFailed',
  );
  expect(condition(refused, 'Ready')?.message).toContain('spec.cpu.pinning[0]: taskset says');
  await executor.remove(TYPE, 'nowhere');
  await executor.eventually(TYPE, 'nowhere', (found) => found === undefined);
});
