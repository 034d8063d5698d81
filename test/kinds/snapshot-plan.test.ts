import { describe, expect, test } from 'vitest';
import type { ObservedSnapshot } from '../../executor/kinds/virtualmachinesnapshot/observe.ts';
import { planSnapshot } from '../../executor/kinds/virtualmachinesnapshot/plan.ts';
import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { FRESH, GOING, HELD } from './metadata.ts';

describe('snapshot', () => {
  const OWNED = {
    ...HELD,
    ownerReferences: [{ apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachine', name: 'web', uid: 'm' }],
  };
  const machine = { metadata: { name: 'web', uid: 'm' } } as unknown as VirtualMachine;
  const snapshot = (metadata: object, status?: object, spec: object = {}) =>
    ({ metadata, spec, status }) as unknown as VirtualMachineSnapshot;
  const target = { name: 'root', disk: 'web-root', path: '/p/x', format: 'qcow2' as const };
  const held = [{ ...target, snapshot: { id: '1', name: 't', takenAt: 0, memoryBytes: 0n } }];
  const seen: ObservedSnapshot = { machine, obstacle: undefined, held: [], gone: [] };
  const READY = { phase: 'Ready', ready: true, takenAt: '2026-01-01T00:00:00Z' };
  const obstacle = { reason: 'R', message: '', final: true };
  const now = Date.parse('2026-01-01T01:00:00Z');

  test.each<[string, VirtualMachineSnapshot, Partial<ObservedSnapshot>, string[]]>([
    ['is held while it is taken', snapshot(FRESH), {}, ['take']],
    [
      'that is a backup is held, then made',
      snapshot(FRESH, undefined, { backup: { pool: 'p' } }),
      {},
      ['hold', 'take'],
    ],
    ['waits for its machine', snapshot(FRESH), { machine: undefined }, []],
    ['that cannot be taken is held all the same', snapshot(FRESH), { obstacle }, ['hold']],
    ['that was interrupted is finished', snapshot(OWNED, { phase: 'Taking' }), {}, ['take']],
    ['that failed is left', snapshot(OWNED, { phase: 'Failed', observedGeneration: 1 }), {}, []],
    [
      'that found no room is tried again',
      snapshot(OWNED, {
        phase: 'Failed',
        observedGeneration: 1,
        conditions: [{ type: 'Ready', status: 'False', reason: 'NoSpace' }],
      }),
      {},
      ['take'],
    ],
    ['that failed is taken after a change', snapshot(OWNED, { phase: 'Failed', observedGeneration: 0 }), {}, ['take']],
    [
      'that was lost is never taken anew',
      snapshot(OWNED, { ...READY, phase: 'Failed', observedGeneration: 0 }),
      { gone: ['root'] },
      [],
    ],
    ['is at rest when it is ready', snapshot(OWNED, READY), { held }, []],
    ['reverts for a new token', snapshot(OWNED, READY, { revert: 'a' }), { held }, ['revert']],
    [
      'does not revert twice for one token',
      snapshot(OWNED, { ...READY, reverted: 'a' }, { revert: 'a' }),
      { held },
      [],
    ],
    ['does not revert what is not whole', snapshot(OWNED, READY, { revert: 'a' }), { held, gone: ['data'] }, []],
    [
      'finishes a revert that was begun',
      snapshot(OWNED, { ...READY, phase: 'Reverting', ready: false }),
      { held },
      ['revert'],
    ],
    [
      'does not repeat a revert that failed',
      snapshot(
        OWNED,
        { ...READY, conditions: [{ type: 'Reverted', status: 'False', observedGeneration: 1 }] },
        { revert: 'a' },
      ),
      { held },
      [],
    ],
    ['stays until it expires', snapshot(OWNED, READY, { expiresAfter: '2h' }), { held }, []],
    ['expires', snapshot(OWNED, READY, { expiresAfter: '1h' }), { held }, ['expire']],
    [
      'is put back to before it expires',
      snapshot(OWNED, { ...READY, phase: 'Reverting' }, { expiresAfter: '1h' }),
      { held },
      ['revert'],
    ],
    ['goes from its volumes', snapshot({ ...OWNED, ...GOING }, READY), { held }, ['remove', 'release']],
    [
      'goes when its machine is gone',
      snapshot({ ...OWNED, ...GOING }, READY),
      { machine: undefined },
      ['remove', 'release'],
    ],
  ])('%s', (_name, object, observed, actions) => {
    expect(planSnapshot(object, { ...seen, ...observed }, now)).toEqual(actions);
  });

  const failedFor = (type: 'Ready' | 'Reverted', reason: string) => ({
    conditions: [{ type, status: 'False', reason, observedGeneration: 1 }],
  });
  test.each([
    ['for want of room', 'NoSpace', true],
    ['for want of an agent', 'AgentNotConnected', true],
    ['beside another method', 'MethodMixed', true],
    ['since qemu refused it', 'Refused', false],
    ['for its format', 'FormatNotSupported', false],
  ])('what failed %s is tried again: %s %s', (_name, reason, passes) => {
    const notTaken = snapshot(OWNED, { phase: 'Failed', observedGeneration: 1, ...failedFor('Ready', reason) });
    const notReverted = snapshot(OWNED, { ...READY, ...failedFor('Reverted', reason) }, { revert: 'a' });
    const tried = (again: boolean) => [
      planSnapshot(notTaken, seen, now, again),
      planSnapshot(notReverted, { ...seen, held }, now, again),
    ];
    expect(tried(true)).toEqual(passes ? [['take'], ['revert']] : [[], []]);
    expect(tried(false)).toEqual([[], []]);
  });
});
