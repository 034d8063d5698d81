import { describe, expect, test } from 'vitest';
import type { ObservedDisk } from '../../executor/kinds/virtualmachinedisk/observe.ts';
import { planDisk } from '../../executor/kinds/virtualmachinedisk/plan.ts';
import type { ObservedImage } from '../../executor/kinds/virtualmachineimage/observe.ts';
import { planImage } from '../../executor/kinds/virtualmachineimage/plan.ts';
import { planPool } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import type { VirtualMachineStoragePool } from '../../schemas/kinds/storage-pool.ts';
import { FRESH, GOING, HELD } from './metadata.ts';

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
