import { expect, test } from 'vitest';
import { changesOf } from '../../../executor/kinds/virtualmachine/changes.ts';
import { alive, launched, machine } from './scene.ts';

const NIC = { name: 'eth0', network: { name: 'default' } };
const CD = { name: 'cd', device: 'cdrom' };
const MIB = 1024 ** 2;

function changes(before: object, after: object, more: { networks?: object; wanted?: object; volumes?: object } = {}) {
  const running = launched(machine(before), { networks: (more.networks ?? {}) as never, memoryBytes: 64 * MIB });
  const vm = machine(after);
  const resources = {
    volumes: more.volumes ?? {},
    networks: more.wanted ?? more.networks ?? {},
    diskProblems: [],
    networkProblems: [],
  };
  return changesOf(vm, alive(vm, 'running', { launched: running as never }, { resources: resources as never }));
}

test('what is no hardware, and a default that is written out, is no change', () => {
  const spec = {
    restartPolicy: 'Always',
    stop: { method: 'Force' },
    requests: { reset: 'a' },
    serials: [{ name: 'serial' }],
  };
  expect(changes({}, spec)).toEqual({ actions: [], needRestart: [] });
});

test('each field that needs a restart is named by its path', () => {
  const before = {
    disks: [
      { name: 'a', disk: { name: 'x' } },
      { name: 'b', disk: { name: 'y' } },
    ],
  };
  const after = {
    cpu: { cores: 2 },
    disks: [
      { name: 'a', disk: { name: 'x' }, cache: 'unsafe' },
      { name: 'b', disk: { name: 'z' } },
    ],
  };
  expect(changes(before, after).needRestart).toEqual([
    'spec.cpu.cores',
    'spec.disks[a].cache',
    'spec.disks[b].disk.name',
  ]);
});

test.each([
  [
    'a cable',
    { interfaces: [NIC] },
    { interfaces: [{ ...NIC, linkState: 'Down' }] },
    { type: 'set-link', name: 'eth0', up: false },
  ],
  ['less memory', {}, { memory: { size: '32Mi' } }, { type: 'set-balloon', bytes: 32 * MIB }],
  [
    'an empty drive',
    { disks: [{ ...CD, image: { name: 'i' } }] },
    { disks: [CD] },
    { type: 'set-medium', disk: expect.objectContaining({ name: 'cd' }) },
  ],
])('%s changes while it runs', (_, before, after, action) => {
  expect(changes(before, after)).toEqual({ actions: [action], needRestart: [] });
});

test('limits change while it runs, one action a disk', () => {
  const disk = { name: 'a', disk: { name: 'x' } };
  const result = changes({ disks: [disk] }, { disks: [{ ...disk, iotune: { totalIops: 1, totalIopsMax: 2 } }] });
  expect(result).toEqual({
    actions: [{ type: 'set-limits', disk: expect.objectContaining({ iotune: { totalIops: 1, totalIopsMax: 2 } }) }],
    needRestart: [],
  });
});

test('more memory than at the start, or without a balloon, needs a restart', () => {
  expect(changes({}, { memory: { size: '128Mi' } }).needRestart).toEqual(['spec.memory.size']);
  const balloon = { enabled: false };
  expect(changes({ balloon }, { balloon, memory: { size: '32Mi' } }).needRestart).toEqual(['spec.memory.size']);
});

test('a disk that is not removable keeps what it is made of until a restart', () => {
  const before = { disks: [{ name: 'a', disk: { name: 'x' } }] };
  expect(changes(before, { disks: [{ name: 'a', disk: { name: 'y' } }] }).needRestart).toEqual([
    'spec.disks[a].disk.name',
  ]);
});

test('a medium that is not there yet is waited for', () => {
  const after = { disks: [{ ...CD, image: { name: 'i' } }] };
  expect(changes({ disks: [CD] }, after)).toEqual({ actions: [], needRestart: [] });
});

test('forwards are taken away and added, whoever changed them', () => {
  const forward = (hostPort: number) => ({ hostAddress: '127.0.0.1', hostPort, port: 22, protocol: 'TCP' });
  const networks = { eth0: { user: { forwards: [forward(1), forward(2)] } } };
  const wanted = { eth0: { user: { forwards: [forward(2), forward(3)] } } };
  expect(changes({ interfaces: [NIC] }, { interfaces: [NIC] }, { networks, wanted }).actions).toEqual([
    { type: 'set-forwards', name: 'eth0', remove: [forward(1)], add: [forward(3)] },
  ]);
});

test('an interface that the guest has let go of, and that is wanted, is freed first and plugged in then', () => {
  const vm = machine({ interfaces: [NIC] });
  const running = launched(vm, { networks: {}, memoryBytes: 64 * MIB });
  const seen = alive(vm, 'running', { launched: running as never });
  const qemu = { ...seen.qemu, devices: [] } as unknown as NonNullable<typeof seen.qemu>;
  expect(changesOf(vm, seen).actions).toEqual([]);
  expect(changesOf(vm, { ...seen, qemu }).actions).toEqual([{ type: 'free-interface', name: 'eth0' }]);
});
