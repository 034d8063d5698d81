import { expect, test } from 'vitest';
import type { Action } from '../../../executor/kinds/virtualmachine/actions.ts';
import type { Observed } from '../../../executor/kinds/virtualmachine/observed.ts';
import { plan } from '../../../executor/kinds/virtualmachine/plan.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { alive, machine, NOW, PLACE } from './scene.ts';

function full(vm: VirtualMachine, more: Partial<Observed> = {}): Observed {
  const seen = alive(vm, 'io-error', {}, more);
  return { ...seen, qemu: { ...seen.qemu, full: ['root'] } as Observed['qemu'] & object };
}

const rows: readonly (readonly [string, (vm: VirtualMachine) => Observed, Action[]])[] = [
  [
    'the disk is full',
    (vm) => full(vm),
    [
      { type: 'note-full', disks: ['root'] },
      { type: 'wait', ms: 2000 },
    ],
  ],
  ['it is full still', (vm) => full(vm, { triedAt: NOW - 20_000 }), [{ type: 'wait', ms: 2000 }]],
  [
    'there is room again',
    (vm) => full(vm, { triedAt: NOW - 2000, hasRoom: true }),
    [{ type: 'continue' }, { type: 'wait', ms: 2000 }],
  ],
  [
    'there was room a moment ago, and it did not help',
    (vm) => full(vm, { triedAt: NOW - 10, hasRoom: true }),
    [{ type: 'wait', ms: 2000 }],
  ],
  [
    'it is full as far as one can see, and nobody has tried for long',
    (vm) => full(vm, { triedAt: NOW - 30_000, hasRoom: false }),
    [{ type: 'continue' }, { type: 'wait', ms: 2000 }],
  ],
  [
    'the disk fails',
    (vm) => alive(vm, 'io-error'),
    [
      { type: 'note-full', disks: [] },
      { type: 'wait', ms: 30_000 },
    ],
  ],
  [
    'a disk that fails was tried just now',
    (vm) => alive(vm, 'io-error', {}, { triedAt: NOW - 10, hasRoom: true }),
    [{ type: 'wait', ms: 30_000 }],
  ],
  [
    'a disk that fails, when something was changed',
    (vm) => alive(vm, 'io-error', {}, { triedAt: NOW - 5000 }),
    [{ type: 'continue' }, { type: 'wait', ms: 30_000 }],
  ],
];

test.each(rows)('%s', (_, seen, actions) => {
  const vm = machine();
  expect(plan(vm, seen(vm), PLACE)).toEqual(actions);
});
