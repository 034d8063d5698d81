import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectOf } from '../../executor/controller/types.ts';
import type { TestExecutor } from '../e2e/harness.ts';
import { writerDisk } from '../fixtures/guests/writer.ts';

/** One operation: what must be there before, what is done, and what comes of it. Names are made of a number, new for each round. */
export interface Operation {
  readonly reverts?: boolean;
  prepare?(executor: TestExecutor, round: number): Promise<void>;
  act(executor: TestExecutor, round: number): Promise<void>;
  /** Waits for an end that its object tells: done, or failed with a reason. */
  settle(executor: TestExecutor, round: number): Promise<void>;
  clean?(executor: TestExecutor, round: number): Promise<void>;
}

type Snapshot = ObjectOf<'VirtualMachineSnapshot'>;

const name = (round: number, which = 'a') => `soak-${round}-${which}`;
const take = (executor: TestExecutor, round: number, which = 'a', spec: object = {}) =>
  executor.create('VirtualMachineSnapshot', name(round, which), { virtualMachine: { name: 'web' }, ...spec });
const isOver = ({ status }: Snapshot) => status?.phase === 'Ready' || status?.phase === 'Failed';
const snapshotOver = async (executor: TestExecutor, round: number, which = 'a') => {
  const object = await executor.eventually('VirtualMachineSnapshot', name(round, which), (one) => one && isOver(one));
  tells(object);
};
const gone = async (
  executor: TestExecutor,
  kind: 'VirtualMachineSnapshot' | 'VirtualMachineDisk' | 'VirtualMachineImage',
  what: string,
) => {
  await executor.remove(kind, what).catch((error: Error) => {
    if (!/not found/.test(error.message)) throw error;
  });
  await executor.eventually(kind, what, (one) => one === undefined);
};
const dropSnapshot = (executor: TestExecutor, round: number, which = 'a') =>
  gone(executor, 'VirtualMachineSnapshot', name(round, which));
const snapshotGone = async (executor: TestExecutor, round: number, which = 'a') => {
  await executor.eventually('VirtualMachineSnapshot', name(round, which), (one) => one === undefined);
};

/** What is not ready says why. */
function tells({ metadata, status }: Pick<Snapshot, 'metadata' | 'status'>): void {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True' && (ready?.message ?? '').length < 20)
    throw new Error(`${metadata.name} does not say why it is not ready`);
}

const snapshotTaken = (spec: object): Operation => ({
  act: (executor, round) => take(executor, round, 'a', spec),
  settle: (executor, round) => snapshotOver(executor, round),
  clean: (executor, round) => dropSnapshot(executor, round),
});

const reverted = (spec: object): Operation => ({
  reverts: true,
  async prepare(executor, round) {
    await take(executor, round, 'a', spec);
    await snapshotOver(executor, round);
  },
  act: (executor, round) => executor.patch('VirtualMachineSnapshot', name(round), { spec: { revert: 'once' } }),
  async settle(executor, round) {
    await executor.eventually('VirtualMachineSnapshot', name(round), (one) => {
      const failed = one?.status?.conditions?.some(({ type, status }) => type === 'Reverted' && status === 'False');
      return one?.status?.phase !== 'Reverting' && (one?.status?.reverted === 'once' || failed);
    });
  },
  clean: (executor, round) => dropSnapshot(executor, round),
});

const deleted = (spec: object, which: 'a' | 'b'): Operation => ({
  async prepare(executor, round) {
    for (const one of ['a', 'b']) {
      await take(executor, round, one, spec);
      await snapshotOver(executor, round, one);
    }
  },
  act: (executor, round) => executor.remove('VirtualMachineSnapshot', name(round, which)),
  settle: (executor, round) => snapshotGone(executor, round, which),
  async clean(executor, round) {
    await dropSnapshot(executor, round, 'a');
    await dropSnapshot(executor, round, 'b');
  },
});

const external = { method: 'External' };
const backup = { backup: { pool: 'vault' } };

const diskOver = async (executor: TestExecutor, what: string) => {
  await executor.eventually(
    'VirtualMachineDisk',
    what,
    (disk) => disk?.status?.phase === 'Ready' || disk?.status?.phase === 'Failed',
  );
};

export const OPERATIONS = {
  'create blank': {
    act: (executor, round) => executor.create('VirtualMachineDisk', name(round), { pool: 'work', size: '1Mi' }),
    settle: (executor, round) => diskOver(executor, name(round)),
    clean: (executor, round) => gone(executor, 'VirtualMachineDisk', name(round)),
  },
  'create copy': {
    act: (executor, round) =>
      executor.create('VirtualMachineDisk', name(round), {
        pool: 'work',
        format: 'raw',
        source: { image: { name: 'writer' } },
      }),
    settle: (executor, round) => diskOver(executor, name(round)),
    clean: (executor, round) => gone(executor, 'VirtualMachineDisk', name(round)),
  },
  resize: {
    act: (executor, round) => executor.patch('VirtualMachineDisk', 'web-data', { spec: { size: `${round + 2}Mi` } }),
    async settle(executor, round) {
      await executor.eventually(
        'VirtualMachineDisk',
        'web-data',
        (disk) => disk?.status?.virtualSize === `${round + 2}Mi`,
      );
    },
  },
  snapshot: snapshotTaken({}),
  'snapshot with memory': snapshotTaken({ memory: true }),
  'snapshot external': snapshotTaken(external),
  revert: reverted({}),
  'revert with memory': reverted({ memory: true }),
  'revert external': reverted(external),
  delete: deleted({}, 'a'),
  'merge in the middle': deleted(external, 'a'),
  'merge of what is written to': deleted(external, 'b'),
  backup: snapshotTaken(backup),
  'backup of changes': {
    ...snapshotTaken({}),
    async prepare(executor, round) {
      await take(executor, round, 'base', backup);
      await snapshotOver(executor, round, 'base');
    },
    act: (executor, round) => take(executor, round, 'a', backup),
    async clean(executor, round) {
      await dropSnapshot(executor, round, 'base');
      await dropSnapshot(executor, round, 'a');
    },
  },
  'delete backup': {
    async prepare(executor, round) {
      for (const one of ['a', 'b']) {
        await take(executor, round, one, backup);
        await snapshotOver(executor, round, one);
      }
    },
    act: (executor, round) => executor.remove('VirtualMachineSnapshot', name(round)),
    settle: (executor, round) => snapshotGone(executor, round),
    clean: (executor, round) => dropSnapshot(executor, round, 'b'),
  },
  import: {
    async act(executor, round) {
      const path = join(executor.importFolder, name(round));
      writeFileSync(path, writerDisk(), { mode: 0o644 });
      await executor.create('VirtualMachineImage', name(round), {
        source: { file: { path } },
        pool: 'work',
        format: 'raw',
      });
    },
    async settle(executor, round) {
      await executor.eventually('VirtualMachineImage', name(round), (image) =>
        ['Ready', 'Failed'].includes(image?.status?.phase ?? ''),
      );
    },
    clean: (executor, round) => gone(executor, 'VirtualMachineImage', name(round)),
  },
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;
