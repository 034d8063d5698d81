import { expect, test } from 'vitest';
import { diskNameOf, diskOwner, diskRival } from '../../../executor/kinds/virtualmachine/disk-owner.ts';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import { machine } from './scene.ts';

const disk = (usedBy?: string): VirtualMachineDisk =>
  ({
    metadata: { name: 'data', namespace: 'default' },
    spec: {},
    status: usedBy === undefined ? {} : { usedBy },
  }) as never;

const user = (name: string, creationTimestamp: string, more: object = {}) =>
  machine({ disks: [{ name: 'd', disk: { name: 'data' } }] }, { name, creationTimestamp, uid: name, ...more });

const OLD = '2026-01-01T00:00:00Z';
const NEW = '2026-01-02T00:00:00Z';

test('the oldest machine that names a disk has it, by its name where two are equally old', () => {
  expect(diskOwner(disk(), [user('b', NEW), user('c', OLD), user('a', OLD)])?.metadata.name).toBe('a');
  expect(diskOwner(disk(), [user('a', NEW), user('b', OLD)])?.metadata.name).toBe('b');
});

test('who has a disk keeps it as long as it names it', () => {
  expect(diskOwner(disk('new'), [user('old', OLD), user('new', NEW)])?.metadata.name).toBe('new');
  expect(diskOwner(disk('gone'), [user('old', OLD)])?.metadata.name).toBe('old');
});

test('a machine of another namespace names another disk', () => {
  expect(diskOwner(disk(), [user('a', OLD, { namespace: 'other' })])).toBeUndefined();
});

test('what a machine’s own disks are called, and what has none', () => {
  const vm = machine({
    disks: [
      { name: 'root', image: { name: 'i' } },
      { name: 'data', blank: { size: '1Mi' } },
      { name: 'cd', device: 'cdrom', image: { name: 'iso' } },
      { name: 'empty', device: 'cdrom' },
    ],
  });
  expect((vm.spec.disks ?? []).map((one) => diskNameOf(vm, one))).toEqual([
    'web-root',
    'web-data',
    undefined,
    undefined,
  ]);
});

const reader = (name: string, disk: object, status: object = {}) => ({
  ...machine({ disks: [{ name: 'd', disk: { name: 'data' }, ...disk }] } as never, { name, uid: name }),
  status,
});

const all = [
  reader('a', { readOnly: true }),
  reader('b', { device: 'cdrom' }),
  reader('c', {}),
  reader('d', { readOnly: true }),
] as never[];

test.each([
  ['a', undefined],
  ['b', undefined],
  ['c', 'a'],
  ['d', 'c'],
])('of a disk that a and b read, c would write and d would read after it, %s is kept by %s', (name, rival) => {
  const machines = all as ReturnType<typeof machine>[];
  const one = machines.find(({ metadata }) => metadata.name === name) as ReturnType<typeof machine>;
  expect(diskRival(disk(), one, machines)?.metadata.name).toBe(rival);
});

test('who was asked to let go of a disk may still write to it', () => {
  const left = reader('a', { disk: { name: 'other' } }, { disks: [{ name: 'd', disk: 'data' }] }) as never;
  const next = reader('b', { readOnly: true }) as ReturnType<typeof machine>;
  expect(diskRival(disk(), next, [left, next])?.metadata.name).toBe('a');
});
