import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planSchedule, type Schedule } from '../../executor/kinds/virtualmachinesnapshot/schedule/plan.ts';
import { expendable } from '../../executor/storage/backup/index.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { machine, snapshot, status, taken } from './counting.ts';
import { type Node, startNode, wait } from './node.ts';

const HOUR = 3_600_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');
const hourly = { next: (after: number) => (Math.floor(after / HOUR) + 1) * HOUR };
const SCHEDULE: Schedule = {
  cron: '0 * * * *',
  timeZone: 'UTC',
  keep: 2,
  suspend: false,
  memory: false,
  quiesce: 'IfPossible',
  method: 'Internal',
};
const vm = (lastTime?: string): VirtualMachine =>
  ({
    metadata: { name: 'web', namespace: 'default', uid: 'u' },
    spec: {},
    status: lastTime === undefined ? {} : { snapshotSchedule: { cron: SCHEDULE.cron, lastTime } },
  }) as unknown as VirtualMachine;
const one = (name: string, phase: string, takenAt?: string, backup?: object) =>
  ({
    metadata: { name, creationTimestamp: takenAt ?? '2026-03-01T11:00:00Z' },
    spec: { ...(backup && { backup: { pool: 'vault' } }) },
    status: { phase, ready: phase === 'Ready', takenAt, backup },
  }) as unknown as VirtualMachineSnapshot;

describe('a plan of a schedule', () => {
  test('that is new waits for its next time', () => {
    expect(planSchedule(vm(), SCHEDULE, hourly, { now: NOON + 1, made: [] })).toEqual({
      remove: [],
      standing: { cron: '0 * * * *', lastTime: '2026-03-01T12:00:00Z', nextTime: '2026-03-01T13:00:00Z' },
    });
  });

  test('takes one for all times that nobody met, named by the last of them', () => {
    const plan = planSchedule(vm('2026-03-01T08:00:00Z'), SCHEDULE, hourly, { now: NOON + 5, made: [] });
    expect(plan.create).toEqual({
      apiVersion: 'vmctl.dev/v1alpha1',
      kind: 'VirtualMachineSnapshot',
      metadata: { name: 'web-20260301-120000', namespace: 'default', labels: { 'vmctl.dev/schedule-of': 'u' } },
      spec: { virtualMachine: { name: 'web' }, quiesce: 'IfPossible', memory: false, method: 'Internal' },
    });
    expect(plan.standing.lastTime).toBe('2026-03-01T12:00:00Z');
  });

  test('does not overtake one that is under way, and takes none while it is suspended', () => {
    const made = [one('slow', 'Taking')];
    const plan = planSchedule(vm('2026-03-01T11:00:00Z'), SCHEDULE, hourly, { now: NOON, made });
    expect(plan).toMatchObject({ standing: { lastTime: '2026-03-01T11:00:00Z', message: 'slow is not done yet' } });
    expect(plan.create).toBeUndefined();
    const off = planSchedule(vm('2026-03-01T11:00:00Z'), { ...SCHEDULE, suspend: true }, hourly, {
      now: NOON,
      made: [],
    });
    expect(off.create).toBeUndefined();
  });

  test('makes every so manieth backup a full one', () => {
    const schedule: Schedule = { ...SCHEDULE, keep: 9, backup: { pool: 'vault', fullEvery: 3 } };
    const full = one('a', 'Ready', '2026-03-01T08:00:00Z', { type: 'Full' });
    const next = one('b', 'Ready', '2026-03-01T09:00:00Z', { type: 'Incremental', base: 'a' });
    const third = one('c', 'Ready', '2026-03-01T10:00:00Z', { type: 'Incremental', base: 'b' });
    const mode = (made: VirtualMachineSnapshot[]) =>
      planSchedule(vm('2026-03-01T11:00:00Z'), schedule, hourly, { now: NOON, made }).create?.spec;
    expect(mode([full])).toMatchObject({ backup: { pool: 'vault', mode: 'Auto' } });
    expect(mode([full, next])).toMatchObject({ backup: { mode: 'Auto' } });
    expect(mode([full, next, third])).toMatchObject({ backup: { mode: 'Full' } });
  });
});

describe('what is kept', () => {
  const at = (name: string, takenAt: number, more: object = {}) => ({
    name,
    takenAt,
    good: true,
    failed: false,
    ...more,
  });

  test('are the newest, and all that they are built on', () => {
    const made = [
      at('full', 1),
      at('one', 2, { base: 'full' }),
      at('two', 3, { base: 'one' }),
      at('other', 4),
      at('last', 5, { base: 'other' }),
    ];
    expect(expendable(made, 1).toSorted()).toEqual(['full', 'one', 'two']);
    expect(expendable(made, 3)).toEqual([]);
  });

  test('is the newest good chain, however many failed after it', () => {
    const bad = [3, 4, 5, 6].map((n) => at(`bad-${n}`, n, { good: false, failed: true }));
    expect(expendable([at('full', 1), at('good', 2, { base: 'full' }), ...bad], 1)).toEqual([]);
    expect(expendable([at('full', 1), ...bad, at('good', 9)], 1).toSorted()).toEqual([
      'bad-3',
      'bad-4',
      'bad-5',
      'bad-6',
      'full',
    ]);
  });

  test('is what is being made', () => {
    expect(expendable([at('making', 1, { good: false }), at('a', 2), at('b', 3)], 1)).toEqual(['a']);
  });
});

/** As if a time of the schedule had come. */
async function come(node: Node, cron: string): Promise<void> {
  const type = resourceOf(kinds.VirtualMachine);
  await wait(async () => {
    const now = await node.get('VirtualMachine', 'web');
    if (now?.status?.snapshotSchedule?.cron !== cron) return false;
    const status = {
      ...now.status,
      snapshotSchedule: { cron, lastTime: new Date(Date.now() - 3 * HOUR).toISOString() },
    };
    return node.client.replace(type, { ...now, status }, { subresource: 'status' }).then(
      () => true,
      () => false,
    );
  }, Boolean);
}

test('a machine is backed up by the clock; old ones go, what a person took stays', async () => {
  await using node = await startNode();
  await node.create('VirtualMachineStoragePool', 'vault', { dir: { path: join(node.folder, 'vault') } });
  await machine(node, 'Stopped');
  await snapshot(node, 'mine');
  await taken(node, 'mine');
  const made = async () => {
    const { items } = await node.client.list<VirtualMachineSnapshot>(
      resourceOf(kinds.VirtualMachineSnapshot),
      'default',
    );
    return items.filter(({ metadata }) => metadata.labels?.['vmctl.dev/schedule-of']);
  };
  // Minutes that the clock does not come by meanwhile.
  const minutes = [30, 29, 28].map((ahead) => String((new Date().getUTCMinutes() + ahead) % 60).padStart(2, '0'));
  // Each cron is another schedule, so that each has a time, and a name, of its own.
  for (const [index, cron] of minutes.map((minute) => `${minute} * * * *`).entries()) {
    const schedule = { cron, keep: 1, backup: { pool: 'vault', fullEvery: 2 } };
    await node.patch('VirtualMachine', 'web', { spec: { snapshotSchedule: schedule } });
    await come(node, cron);
    const all = await wait(
      made,
      (found) =>
        found.filter(({ status: now }) => now?.ready).length >= Math.min(index + 1, 1) &&
        found.some(({ metadata }) => metadata.name.slice(-4, -2) === cron.slice(0, 2)) &&
        found.every(({ status: now }) => now?.ready),
    );
    expect(all.length).toBeGreaterThan(0);
  }
  const left = await wait(made, (found) => found.length === 1 && found[0]?.status?.ready === true);
  expect(left[0]?.metadata.name).toMatch(new RegExp(`${minutes[2]}00$`));
  expect(left[0]?.status?.backup?.type).toBe('Full');
  expect((await node.get('VirtualMachineSnapshot', 'mine'))?.status?.ready).toBe(true);
  expect((await status(node))?.snapshotSchedule?.nextTime).toMatch(new RegExp(`:${minutes[2]}:00Z$`));
  await node.patch('VirtualMachine', 'web', { spec: { snapshotSchedule: { cron: '61 * * * *' } } });
  const wrong = await node.until(
    'VirtualMachine',
    'web',
    ({ status: now }) => now?.snapshotSchedule?.cron === '61 * * * *',
  );
  expect(wrong.status?.snapshotSchedule?.message).toContain('cannot be understood');
});
