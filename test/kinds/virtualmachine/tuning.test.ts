import { expect, test } from 'vitest';
import { deviceNumber } from '../../../executor/host/device-number.ts';
import { deviceLimits } from '../../../executor/kinds/virtualmachine/tuning/block-devices.ts';
import { limitsOf, untuned } from '../../../executor/kinds/virtualmachine/tuning/limits.ts';
import { threadGroups } from '../../../executor/kinds/virtualmachine/tuning/quotas.ts';
import { threadCommands } from '../../../executor/kinds/virtualmachine/tuning/threads.ts';
import { clockStart } from '../../../executor/qemu/clock-start.ts';
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
  const written = (version: 'v1' | 'v2') =>
    limitsOf(tuning, version).map(({ files, value }) => `${files.join('|')}=${value}`);
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

test('threads of a kind that has a quota get groups of their own', () => {
  const threads = {
    vcpus: new Map([
      [0, 100],
      [1, 101],
    ]),
    iothreads: new Map([['io', 200]]),
    emulator: [99, 98],
  };
  const tuning = { vcpuPeriodMicroseconds: 50_000, vcpuQuotaMicroseconds: 25_000, iothreadQuotaMicroseconds: -1 };
  const written = (version: 'v1' | 'v2') =>
    threadGroups(tuning, version, threads).map(({ name, threads: those, limits }) => [
      name,
      ...those,
      ...limits.map(({ files, value }) => `${files[0]}=${value}`),
    ]);
  expect(written('v1')).toEqual([
    ['vcpu0', 100, 'cpu.cfs_period_us=50000', 'cpu.cfs_quota_us=25000'],
    ['vcpu1', 101, 'cpu.cfs_period_us=50000', 'cpu.cfs_quota_us=25000'],
    ['iothread-io', 200, 'cpu.cfs_quota_us=-1'],
  ]);
  expect(written('v2')).toEqual([
    ['vcpu0', 100, 'cpu.max=25000 50000'],
    ['vcpu1', 101, 'cpu.max=25000 50000'],
    ['iothread-io', 200, 'cpu.max=max 100000'],
  ]);
});

test('limits of block devices name them by their numbers', () => {
  const devices = [{ path: '/dev/sda', weight: 300, readBytesPerSecond: 1_000_000, writeIops: 0 }];
  const written = (version: 'v1' | 'v2') =>
    deviceLimits(devices, version, new Map([['/dev/sda', '8:0']])).map(({ files, value }) => [files[0], value]);
  expect(written('v1')).toEqual([
    ['blkio.weight_device', '8:0 300'],
    ['blkio.throttle.read_bps_device', '8:0 1000000'],
    ['blkio.throttle.write_iops_device', '8:0 0'],
  ]);
  expect(written('v2')).toEqual([
    ['io.weight', '8:0 300'],
    ['io.max', '8:0 rbps=1000000 wiops=max'],
  ]);
  expect([deviceNumber(0x800n), deviceNumber(0xfe01n), deviceNumber(0x100810n)]).toEqual(['8:0', '254:1', '8:272']);
});

test('what a node does not carry out is named', () => {
  const tuning = { cpuShares: 10, emulatorCpus: '0', vcpuQuotaMicroseconds: 1000 };
  expect(untuned(tuning, 'v2')).toEqual([]);
  expect(untuned({ memoryGuarantee: '1Gi' }, 'v1')).toEqual(['spec.tuning.memoryGuarantee']);
  expect(untuned(tuning, undefined)).toEqual(['spec.tuning.cpuShares', 'spec.tuning.vcpuQuotaMicroseconds']);
  expect(untuned(undefined, undefined)).toEqual([]);
});

test('a clock that is set forward shows so at each start', () => {
  const now = Date.UTC(2026, 10, 21, 14);
  const spec = specOf({ machine: { clock: { adjustmentSeconds: 3600 } } });
  expect(clockStart(spec, now)).toEqual({ clockStart: '2026-11-21T15:00:00' });
  expect(clockStart(specOf({}), now)).toEqual({});
});
