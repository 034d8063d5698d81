import { expect, test } from 'vitest';
import type { Context } from '../../executor/controller/types.ts';
import { ownerOfSnapshot, type SnapshotOwner } from '../../executor/kinds/common/placement.ts';
import { snapshotReconciler } from '../../executor/kinds/virtualmachinesnapshot/index.ts';
import { ApiError } from '../../schemas/client/errors.ts';
import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';

interface Scene {
  /** Where the machine is: here the store has it, elsewhere or on no node the API alone. */
  readonly machine: 'here' | 'elsewhere' | 'nowhere' | 'gone';
  /** Whether this server tells of the machines of all nodes. */
  readonly all?: boolean;
  /** The node that has the snapshot's volume; none before it was announced. */
  readonly volumeOn?: string;
  readonly ageMs?: number;
  readonly deleting?: boolean;
}

function play({ machine, volumeOn, ageMs = 3_600_000, deleting, all }: Scene) {
  const asked: string[] = [];
  const queued: number[] = [];
  const said: object[] = [];
  const nodes = { here: 'here', elsewhere: 'other', nowhere: undefined, gone: undefined };
  const own = { metadata: { name: 'web', uid: 'u' }, spec: { nodeName: nodes[machine] } };
  const disk = { metadata: { name: 'd', namespace: 'default' }, spec: { pool: 'p' }, status: { nodeName: volumeOn } };
  const context = {
    nodeName: 'here',
    settings: { standalone: false },
    client: {
      get: async (_type: unknown, { name }: { name: string }) => {
        asked.push(name);
        if (machine === 'gone') throw new ApiError(404, {});
        return own;
      },
    },
    store: {
      ownMachinesOnly: !all,
      list: () => [],
      get: (kind: string) =>
        kind === 'VirtualMachine'
          ? machine === 'here' || all
            ? own
            : undefined
          : kind === 'VirtualMachineDisk'
            ? disk
            : snapshot,
    },
    updateStatus: async (_kind: string, _key: object, mutate: (object: object) => object) =>
      void said.push(mutate(snapshot)),
    enqueue: (_kind: string, _key: object, afterMs: number) => void queued.push(afterMs),
  } as unknown as Context;
  const snapshot = {
    metadata: {
      ...{ name: 's', namespace: 'default', creationTimestamp: new Date(Date.now() - ageMs).toISOString() },
      ...(deleting && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { virtualMachine: { name: 'web' } },
    ...(volumeOn !== undefined && { status: { disks: [{ name: 'root', disk: 'd' }] } }),
  } as unknown as VirtualMachineSnapshot;
  return { context, snapshot, asked, queued, said };
}

const rows: readonly (readonly [string, Scene, SnapshotOwner, string[]])[] = [
  ['its machine is here: nobody is asked', { machine: 'here' }, 'us', []],
  ['its volume is elsewhere: nobody is asked', { machine: 'gone', volumeOn: 'other' }, 'others', []],
  ['its volume is here, its machine elsewhere', { machine: 'elsewhere', volumeOn: 'here' }, 'others', ['web']],
  ['its volume is here, its machine gone', { machine: 'gone', volumeOn: 'here' }, 'us', ['web']],
  [
    'being deleted, without a volume, its machine elsewhere',
    { machine: 'elsewhere', ageMs: 0, deleting: true },
    'others',
    ['web'],
  ],
  ['being deleted, without a volume, its machine gone', { machine: 'gone', ageMs: 0, deleting: true }, 'us', ['web']],
  ['old, never announced, its machine gone', { machine: 'gone' }, 'us', ['web']],
  ['old, its machine on no node', { machine: 'nowhere' }, 'nobody', ['web']],
  ['old, its machine on no node, where all are told of', { machine: 'nowhere', all: true }, 'nobody', []],
  ['new, its machine on no node yet', { machine: 'nowhere', all: true, ageMs: 0 }, 'others', []],
];

test.each(rows)('a snapshot: %s', async (_what, scene, expected, names) => {
  const { context, snapshot, asked } = play(scene);
  expect(await ownerOfSnapshot(context, snapshot)).toBe(expected);
  expect(asked).toEqual(names);
});

test('a new snapshot is left to the node of its machine, and looked at again', async () => {
  const { context, snapshot, asked, queued } = play({ machine: 'elsewhere', ageMs: 0 });
  expect(await ownerOfSnapshot(context, snapshot)).toBe('others');
  expect(asked).toEqual([]);
  expect(queued).toHaveLength(1);
});

const KEY = { namespace: 'default', name: 's' };

test('a snapshot of a machine on no node says what it waits for', async () => {
  const { context, said } = play({ machine: 'nowhere' });
  const outcome = await snapshotReconciler(context).reconcile(KEY);
  const message = expect.stringMatching(
    /^the machine web is on no node.* vmctl start web; .* kubectl describe vm web$/,
  );
  const ready = expect.objectContaining({ type: 'Ready', status: 'False', reason: 'NoNode', message });
  expect(said).toEqual([{ phase: 'Pending', ready: false, conditions: [ready] }]);
  expect(outcome?.requeueAfterMs).toBeGreaterThan(0);
});

test('one that is being deleted says nothing of that', async () => {
  const { context, said } = play({ machine: 'nowhere', deleting: true });
  await snapshotReconciler(context).reconcile(KEY);
  expect(said).toEqual([]);
});
