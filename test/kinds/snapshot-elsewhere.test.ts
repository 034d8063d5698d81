import { expect, test } from 'vitest';
import type { Context } from '../../executor/controller/types.ts';
import { isOurSnapshot } from '../../executor/kinds/common/placement.ts';
import { ApiError } from '../../schemas/client/errors.ts';
import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';

interface Scene {
  /** Where the store, or else the API alone, has the machine. */
  readonly machine: 'here' | 'elsewhere' | 'gone';
  /** The node that has the snapshot's volume; none before it was announced. */
  readonly volumeOn?: string;
  readonly ageMs?: number;
  readonly deleting?: boolean;
}

function play({ machine, volumeOn, ageMs = 3_600_000, deleting }: Scene) {
  const asked: string[] = [];
  const queued: number[] = [];
  const own = { metadata: { name: 'web', uid: 'u' }, spec: { nodeName: 'here' } };
  const disk = { metadata: { name: 'd', namespace: 'default' }, spec: { pool: 'p' }, status: { nodeName: volumeOn } };
  const context = {
    nodeName: 'here',
    settings: { standalone: false },
    client: {
      get: async (_type: unknown, { name }: { name: string }) => {
        asked.push(name);
        if (machine === 'gone') throw new ApiError(404, {});
        return { ...own, spec: { nodeName: 'other' } };
      },
    },
    store: {
      ownMachinesOnly: true,
      list: () => [],
      get: (kind: string) =>
        kind === 'VirtualMachine'
          ? machine === 'here'
            ? own
            : undefined
          : kind === 'VirtualMachineDisk'
            ? disk
            : undefined,
    },
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
  return { ours: isOurSnapshot(context, snapshot), asked, queued };
}

const rows: readonly (readonly [string, Scene, boolean, string[]])[] = [
  ['its machine is here: nobody is asked', { machine: 'here' }, true, []],
  ['its volume is elsewhere: nobody is asked', { machine: 'gone', volumeOn: 'other' }, false, []],
  ['its volume is here, its machine elsewhere', { machine: 'elsewhere', volumeOn: 'here' }, false, ['web']],
  ['its volume is here, its machine gone', { machine: 'gone', volumeOn: 'here' }, true, ['web']],
  [
    'being deleted, without a volume, its machine elsewhere',
    { machine: 'elsewhere', ageMs: 0, deleting: true },
    false,
    ['web'],
  ],
  ['being deleted, without a volume, its machine gone', { machine: 'gone', ageMs: 0, deleting: true }, true, ['web']],
  ['old, never announced, its machine gone', { machine: 'gone' }, true, ['web']],
];

test.each(rows)('a snapshot: %s', async (_what, scene, expected, names) => {
  const { ours, asked } = play(scene);
  expect(await ours).toBe(expected);
  expect(asked).toEqual(names);
});

test('a new snapshot is left to the node of its machine, and looked at again', async () => {
  const { ours, asked, queued } = play({ machine: 'elsewhere', ageMs: 0 });
  expect(await ours).toBe(false);
  expect(asked).toEqual([]);
  expect(queued).toHaveLength(1);
});
