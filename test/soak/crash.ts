import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../e2e/until.ts';
import type { Control } from './control.ts';
import { OPERATIONS, type Operation, type OperationName } from './operations.ts';
import type { Scene } from './scene.ts';

let rounds = 0;

/** Whether the process of an executor is there. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Does an operation once, with a fault at one of its steps, and holds the outcome against what must be true.
 * @returns whether the fault happened: when it did not, the operation has fewer steps
 */
export async function faultAt(
  scene: Scene,
  what: OperationName,
  fault: Control['fault'],
  at: number,
  heal = () => {},
): Promise<boolean> {
  const { executor } = scene;
  const operation: Operation = OPERATIONS[what];
  const round = rounds++;
  await operation.prepare?.(executor, round);
  const since = await scene.mark();
  await scene.arm({ at, fault });
  const { pid } = executor;
  await operation.act(executor, round).catch(() => {});
  const dead = died(pid);
  dead.catch(() => {});
  const over = await Promise.race([settled(scene, operation, round), dead]);
  const happened = await scene.disarm();
  // It may have died after all: while nobody looked, or at a step that comes after the outcome is known.
  if (over === 'died' || (happened && fault === 'executor')) {
    await died(pid);
    await again(scene, operation, round);
  }
  if (fault === 'full') await goOn(scene, heal, round);
  try {
    await operation.settle(executor, round);
    await scene.check(since, { leaks: fault !== 'executor', reverts: operation.reverts === true });
  } finally {
    await operation.clean?.(executor, round);
  }
  return happened;
}

/** A machine that stands still for want of room is tried again after a while, and at once when something of it changes. */
async function goOn({ executor }: Scene, heal: () => void, round: number): Promise<void> {
  heal();
  await executor.patch('VirtualMachine', 'web', { metadata: { labels: { healed: String(round) } } });
}

const settled = (scene: Scene, operation: Operation, round: number): Promise<'settled' | 'full'> =>
  Promise.race([operation.settle(scene.executor, round).then(() => 'settled' as const), sleep(5000, 'full' as const)]);

async function died(pid: number): Promise<'died'> {
  await until(() => !lives(pid), { limitMs: 60_000, what: () => 'the end of the executor' });
  return 'died';
}

/** A person whose request met a dead API asks again; one that got through is not asked twice. */
async function again({ executor, revive }: Scene, operation: Operation, round: number): Promise<void> {
  await revive();
  await operation.act(executor, round).catch((error: Error) => {
    if (!/already exists|not found|being deleted/.test(error.message)) throw error;
  });
}
