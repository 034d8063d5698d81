import { isAlreadyExists, isNotFound } from '../../../../schemas/client/errors.ts';
import { resourceOf } from '../../../../schemas/client/paths.ts';
import { kindNames } from '../../../../schemas/kinds/names.ts';
import type { VirtualMachine } from '../../../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../../../schemas/types/object.ts';
import type { Context, Key, Outcome, Reconciler } from '../../../controller/types.ts';
import { isDeleting, keyOf, namespaceOf, uidOf } from '../../common/object.ts';
import { isOurs } from '../../virtualmachine/holder.ts';
import { type Clock, planSchedule, SCHEDULE_LABEL, type Schedule, type SchedulePlan } from './plan.ts';

const SNAPSHOTS = resourceOf(kindNames.VirtualMachineSnapshot);
/** After what keeps one from being taken is over, there is no event of its own. */
const LOOK_AGAIN_MS = 60_000;

/** Takes snapshots and backups by the clock, and deletes those that are not to be kept. */
export function scheduleReconciler(context: Context): Reconciler {
  return {
    kind: 'VirtualMachine',
    watches: [{ kind: 'VirtualMachineSnapshot', keysFor: (snapshot) => machinesOf(context, snapshot) }],
    async reconcile(key: Key): Promise<Outcome | undefined> {
      const machine = context.store.get('VirtualMachine', key);
      if (!machine || isDeleting(machine)) return undefined;
      const { nodeName, settings } = context;
      if (!isOurs(machine, { nodeName, standalone: settings.standalone })) return undefined;
      const schedule = machine.spec.snapshotSchedule;
      return schedule ? follow(context, machine, schedule) : forget(context, machine);
    },
  };
}

/** The machine whose schedule made a snapshot. */
function machinesOf({ store }: Context, { metadata }: KubeObject): Key[] {
  const uid = metadata.labels?.[SCHEDULE_LABEL];
  if (uid === undefined) return [];
  return store
    .list('VirtualMachine', metadata.namespace ?? 'default')
    .filter((one) => uidOf(one) === uid)
    .map(keyOf);
}

async function follow(context: Context, machine: VirtualMachine, schedule: Schedule): Promise<Outcome | undefined> {
  const clock = await clockOf(schedule).catch((error: Error) => error);
  const now = Date.now();
  if (clock instanceof Error) {
    const message = `spec.snapshotSchedule cannot be understood: ${clock.message}`;
    await stand(context, machine, { cron: schedule.cron, lastTime: new Date(now).toISOString(), message });
    return undefined;
  }
  const made = context.store
    .list('VirtualMachineSnapshot', namespaceOf(machine))
    .filter(({ metadata }) => metadata.labels?.[SCHEDULE_LABEL] === uidOf(machine));
  const plan = planSchedule(machine, schedule, clock, { now, made });
  await carryOut(context, machine, plan);
  const next = Date.parse(plan.standing.nextTime ?? '') - now;
  const again = plan.standing.message === undefined ? next : Math.min(LOOK_AGAIN_MS, next);
  return Number.isNaN(again) ? undefined : { requeueAfterMs: Math.max(again, 0) };
}

/** Created before it is written down as met: whoever comes after a crash in between finds it there. */
async function carryOut(
  context: Context,
  machine: VirtualMachine,
  { create, remove, standing }: SchedulePlan,
): Promise<void> {
  if (create) {
    try {
      await context.client.create(SNAPSHOTS, create as KubeObject);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
  await stand(context, machine, standing);
  const namespace = namespaceOf(machine);
  for (const name of remove) {
    if (context.store.get('VirtualMachineSnapshot', { namespace, name })?.metadata.deletionTimestamp) continue;
    await context.client.delete(SNAPSHOTS, { namespace, name }).catch((error) => {
      if (!isNotFound(error)) throw error;
    });
  }
}

const stand = (context: Context, machine: VirtualMachine, snapshotSchedule: SchedulePlan['standing']): Promise<void> =>
  context.updateStatus('VirtualMachine', keyOf(machine), ({ status }) => ({ ...status, snapshotSchedule }));

async function forget(context: Context, machine: VirtualMachine): Promise<undefined> {
  if (!machine.status?.snapshotSchedule) return undefined;
  await context.updateStatus('VirtualMachine', keyOf(machine), ({ status }) => {
    const { snapshotSchedule: _over, ...rest } = status ?? {};
    return rest;
  });
}

/** Most machines have no schedule: what reads one is loaded when the first has. */
async function clockOf({ cron, timeZone }: Schedule): Promise<Clock> {
  const { Cron } = await import('croner');
  const job = new Cron(cron, { timezone: timeZone, paused: true });
  job.nextRun();
  return { next: (after) => job.nextRun(new Date(after))?.getTime() };
}
