import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

/** CPUs that each thread of a process may run on, by the thread's name. */
function allowed(pid: number): Map<string, string> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map((task) => {
      const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
      return [/^Name:\t(.*)$/m.exec(status)?.[1] ?? '', /^Cpus_allowed_list:\t(.*)$/m.exec(status)?.[1] ?? ''];
    }),
  );
}

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
