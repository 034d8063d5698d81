import { describe, expect, test } from 'vitest';
import type { ObservedDisk } from '../../executor/kinds/virtualmachinedisk/observe.ts';
import { planDisk } from '../../executor/kinds/virtualmachinedisk/plan.ts';
import type { ObservedImage } from '../../executor/kinds/virtualmachineimage/observe.ts';
import { planImage } from '../../executor/kinds/virtualmachineimage/plan.ts';
import type { ObservedSnapshot } from '../../executor/kinds/virtualmachinesnapshot/observe.ts';
import { planSnapshot } from '../../executor/kinds/virtualmachinesnapshot/plan.ts';
import { planPool } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';
import type { VirtualMachineStoragePool } from '../../schemas/kinds/storage-pool.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';

const HELD = { name: 'x', namespace: 'default', uid: 'u', generation: 1, finalizers: ['vmctl.dev/executor'] };
const FRESH = { ...HELD, finalizers: [] };
const GOING = { ...HELD, deletionTimestamp: '2026-01-01T00:00:00Z' };
const MIB = 1024n ** 2n;

const failed = (error: Error, at = 0) => ({ state: 'failed', error, attempts: 1, at }) as const;
const refused = Object.assign(new Error('no'), { reason: 'ChecksumMismatch' });

describe('pool', () => {
  const pool = (metadata: object) =>
    ({ metadata, spec: { dir: { path: '/p' } } }) as unknown as VirtualMachineStoragePool;
  test.each([
    ['is held before it is used', FRESH, [], ['hold']],
    ['needs nothing once held', HELD, ['disk default/a'], []],
    ['stays while it is in use', GOING, ['disk default/a'], []],
    ['goes when it is empty, what was mounted first', GOING, [], ['unmount', 'release']],
  ])('%s', (_name, metadata, users, actions) => {
    expect(planPool(pool(metadata), { users })).toEqual(actions);
  });
});

describe('disk', () => {
  const disk = (metadata: object, spec: object = {}, status?: object) =>
    ({
      metadata,
      spec: { pool: 'p', format: 'qcow2', preallocation: 'Off', reclaimPolicy: 'Delete', size: '4Mi', ...spec },
      status,
    }) as unknown as VirtualMachineDisk;
  const seen: ObservedDisk = {
    pool: { path: '/p' },
    volume: undefined,
    conflict: undefined,
    untrusted: undefined,
    missingBase: undefined,
    source: { type: 'blank' },
    holder: undefined,
    task: undefined,
  };
  const volume = { path: '/p/x', virtualSize: 4n * MIB, actualSize: 0n, backingChain: [] };
  const copy = { type: 'copy', from: { path: '/p/y', format: 'raw' }, size: MIB } as const;
  const holder = { name: 'web', uid: 'm', entry: 'root', running: true };
  const none = { path: undefined, reason: 'PoolNotFound', message: '' } as const;

  test.each<[string, VirtualMachineDisk, Partial<ObservedDisk>, object[]]>([
    ['is held, then made', disk(FRESH), {}, [{ type: 'hold' }, { type: 'create', size: 4n * MIB }]],
    [
      'without a size takes that of its base',
      disk(HELD, { size: undefined }),
      { source: { type: 'overlay', base: copy.from, size: MIB } },
      [{ type: 'create' }],
    ],
    ['is copied beside the queue', disk(HELD), { source: copy }, [{ type: 'copy', size: 4n * MIB }]],
    ['waits for its source', disk(HELD), { source: { type: 'waiting', reason: 'R', message: '' } }, []],
    ['waits for its pool', disk(FRESH), { pool: none }, []],
    ['leaves the file of somebody else alone', disk(FRESH), { conflict: 'mine' }, []],
    ['leaves a file that is none of ours alone', disk(FRESH), { untrusted: new Error('a link') }, []],
    ['is never made anew where it was lost', disk(HELD, {}, { path: '/p/x' }), {}, []],
    ['is not made smaller than its source', disk(HELD, { size: '512' }), { source: copy }, []],
    ['is at rest when it is there', disk(HELD), { volume }, []],
    [
      'grows in whole sectors',
      disk(HELD, { size: 4 * 1024 ** 2 + 1 }),
      { volume },
      [{ type: 'grow', size: 4n * MIB + 512n }],
    ],
    ['never shrinks', disk(HELD, { size: '1Mi' }), { volume }, []],
    ['does not grow over a base that is gone', disk(HELD, { size: '8Mi' }), { volume, missingBase: '/b' }, []],
    ['waits for a copy under way', disk(HELD), { source: copy, task: { state: 'running', progress: 3 } }, []],
    ['waits before another attempt', disk(HELD), { source: copy, task: failed(new Error('x'), 500) }, []],
    [
      'tries again when it is due',
      disk(HELD),
      { source: copy, task: failed(new Error('x'), -5000) },
      [{ type: 'copy', size: 4n * MIB }],
    ],
    ['does not try again what cannot work', disk(HELD), { source: copy, task: failed(refused, -5000) }, []],
    [
      'forgets a copy that is done',
      disk(HELD),
      { volume, task: { state: 'done', value: undefined } },
      [{ type: 'forget' }],
    ],
    ['stays while a machine has it', disk(GOING), { volume, holder }, []],
    ['goes with its volume', disk(GOING), { volume }, [{ type: 'cancel' }, { type: 'remove' }, { type: 'release' }]],
    [
      'goes and leaves a retained volume',
      disk(GOING, { reclaimPolicy: 'Retain' }),
      { volume },
      [{ type: 'cancel' }, { type: 'release' }],
    ],
    [
      'goes when its pool is gone',
      disk(GOING, {}, { path: '/p/x' }),
      { pool: none },
      [{ type: 'cancel' }, { type: 'release' }],
    ],
    [
      'waits for a pool that is only out of reach',
      disk(GOING, {}, { path: '/p/x' }),
      { pool: { ...none, reason: 'PoolNotReady' } },
      [],
    ],
  ])('%s', (_name, object, observed, actions) => {
    expect(planDisk(object, { ...seen, ...observed }, 1000)).toEqual(actions);
  });
});

describe('image', () => {
  const publish = { reference: 'registry.example/x:1' };
  const image = (metadata: object, more: object = {}, status?: object) =>
    ({
      metadata,
      spec: { pool: 'p', source: { file: { path: '/f' } }, ...more },
      status,
    }) as unknown as VirtualMachineImage;
  const seen: ObservedImage = {
    pool: { path: '/p' },
    source: 'file',
    upload: undefined,
    stored: undefined,
    conflict: undefined,
    task: undefined,
    publication: undefined,
    users: [],
  };
  const sent = { received: 5, size: 9, checksum: undefined };
  const stored = {
    path: '/p/x',
    format: 'raw',
    digest: undefined,
    virtualSize: MIB,
    actualSize: 0n,
    backingChain: [],
  } as const;

  test.each<[string, object, Partial<ObservedImage>, string[]]>([
    ['is held, then fetched', FRESH, {}, ['hold', 'import']],
    ['waits for its pool', FRESH, { pool: { path: undefined, reason: 'PoolNotFound', message: '' } }, []],
    ['that is sent waits for its last byte', FRESH, { source: 'upload', upload: sent }, ['hold']],
    [
      'that was sent is taken',
      HELD,
      { source: 'upload', upload: { received: 9, size: 9, checksum: 'sha256:0' } },
      ['import'],
    ],
    ['is not fetched over the file of somebody else', FRESH, { conflict: 'mine' }, []],
    ['is at rest when it is there', HELD, { stored }, []],
    ['forgets a task that is over', HELD, { stored, task: { state: 'done', value: undefined } }, ['forget']],
    [
      'is fetched again when its file is gone',
      HELD,
      { task: { state: 'done', value: undefined } },
      ['forget', 'import'],
    ],
    ['waits before another attempt', HELD, { task: failed(new Error('x'), 500) }, []],
    ['tries again when it is due', HELD, { task: failed(new Error('x'), -5000) }, ['import']],
    ['does not try again what cannot work', HELD, { task: failed(refused, -5000) }, []],
    ['stays while it is a base', GOING, { stored, users: ['disk a'] }, []],
    ['goes with its file', GOING, { stored }, ['cancel', 'remove', 'release']],
  ])('%s', (_name, metadata, observed, actions) => {
    expect(planImage(image(metadata), { ...seen, ...observed }, 1000)).toEqual(actions);
  });

  test.each<[string, object | undefined, Partial<ObservedImage>, string[]]>([
    ['is published once it is there', undefined, { stored }, ['publish']],
    ['is not published before', undefined, { task: { state: 'running', progress: 1 } }, []],
    ['is not sent twice at a time', undefined, { stored, publication: { state: 'running', progress: 1 } }, []],
    ['is sent again when that is due', undefined, { stored, publication: failed(new Error('x'), -5000) }, ['publish']],
    ['is not sent again in vain', undefined, { stored, publication: failed(refused, -5000) }, []],
    [
      'is at rest when it is published',
      { published: publish },
      { stored, publication: { state: 'done', value: { ...publish, digest: 'd' } } },
      ['forget-publication'],
    ],
    ['is published under another name', { published: { reference: 'old' } }, { stored }, ['publish']],
  ])('%s', (_name, status, observed, actions) => {
    expect(planImage(image(HELD, { publish }, status), { ...seen, ...observed }, 1000)).toEqual(actions);
  });
});

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
