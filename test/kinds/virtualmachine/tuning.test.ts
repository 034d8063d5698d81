import { expect, test } from 'vitest';
import { clockStart } from '../../../executor/kinds/virtualmachine/clock-start.ts';
import { limitsOf, untuned } from '../../../executor/kinds/virtualmachine/tuning/limits.ts';
import { threadCommands } from '../../../executor/kinds/virtualmachine/tuning/threads.ts';
import { specOf } from '../../qemu/inputs.ts';

const threads = {
  vcpus: new Map([
    [0, 100],
    [1, 101],
  ]),
  iothreads: new Map([['io', 200]]),
  emulator: [99, 98],
};

test('threads are pinned and scheduled by what they do', () => {
  const spec = specOf({
    cpu: {
      cores: 2,
      pinning: [
        { vcpu: 1, cpuset: '2-3' },
        { vcpu: 7, cpuset: '1' },
      ],
    },
    iothreads: [{ name: 'io', cpuset: '1' }, { name: 'other' }],
    tuning: {
      emulatorCpus: '0',
      schedulers: [
        { vcpus: '0-1', policy: 'fifo', priority: 3 },
        { iothreads: '1', policy: 'batch' },
      ],
    },
  });
  expect(threadCommands(spec, threads).map(({ program, args }) => [program, ...args])).toEqual([
    ['taskset', '--pid', '--cpu-list', '0', '99'],
    ['taskset', '--pid', '--cpu-list', '0', '98'],
    ['taskset', '--pid', '--cpu-list', '2-3', '101'],
    ['taskset', '--pid', '--cpu-list', '1', '200'],
    ['chrt', '--fifo', '--pid', '3', '100'],
    ['chrt', '--fifo', '--pid', '3', '101'],
    ['chrt', '--batch', '--pid', '0', '200'],
  ]);
});

test('limits are values for the files of either version of control groups', () => {
  const tuning = { cpuShares: 1024, globalQuotaMicroseconds: 50_000, memoryHardLimit: '1Gi', swapHardLimit: '3Gi' };
  const written = (version: 'v1' | 'v2') => limitsOf(tuning, version).map(({ file, value }) => `${file}=${value}`);
  expect(written('v1')).toEqual([
    'cpu.shares=1024',
    'cpu.cfs_quota_us=50000',
    'memory.limit_in_bytes=1073741824',
    'memory.memsw.limit_in_bytes=3221225472',
  ]);
  expect(written('v2')).toEqual([
    'cpu.weight=40',
    'cpu.max=50000 100000',
    'memory.max=1073741824',
    'memory.swap.max=2147483648',
  ]);
});

test('what a node does not carry out is named', () => {
  const tuning = { cpuShares: 10, emulatorCpus: '0', vcpuQuotaMicroseconds: 1000 };
  expect(untuned(tuning, 'v2')).toEqual(['spec.tuning.vcpuQuotaMicroseconds']);
  expect(untuned(tuning, undefined)).toEqual(['spec.tuning.cpuShares', 'spec.tuning.vcpuQuotaMicroseconds']);
  expect(untuned(undefined, undefined)).toEqual([]);
});

test('a clock that is set forward shows so at each start', () => {
  const now = Date.UTC(2026, 10, 21, 14);
  const spec = specOf({ machine: { clock: { adjustmentSeconds: 3600 } } });
  expect(clockStart(spec, now)).toEqual({ clockStart: '2026-11-21T15:00:00' });
  expect(clockStart(specOf({}), now)).toEqual({});
});
