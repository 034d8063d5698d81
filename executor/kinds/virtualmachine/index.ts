import type { VirtualMachine, VirtualMachineStatus } from '../../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import { keyOf } from '../../controller/keys.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import type { Action } from './actions.ts';
import { applyAction } from './apply.ts';
import { diskNameOf } from './disk-owner.ts';
import type { NodeView } from './findings.ts';
import { isOurs, type Placement, whyNotStarted } from './holder.ts';
import type { MachineRegistry } from './machines.ts';
import { observe } from './observe.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import type { Problem } from './resources.ts';
import type { Run } from './run.ts';
import { startFailure } from './start-failure.ts';
import { machineStatus } from './status.ts';

/** From creation to a running guest takes four rounds; what needs more does not converge. */
const MOST_ROUNDS = 12;

type Wait = Extract<Action, { type: 'wait' }>;

/** Makes the machines of this node what their specs say. */
export function machineReconciler(context: Context, machines: MachineRegistry): Reconciler {
  const everyMachine = (concerned: (machine: VirtualMachine, object: KubeObject) => boolean) => (object: KubeObject) =>
    context.store
      .list('VirtualMachine', object.metadata.namespace)
      .filter((machine) => concerned(machine, object))
      .map(keyOf);
  return {
    kind: 'VirtualMachine',
    watches: [
      { kind: 'VirtualMachineDisk', keysFor: everyMachine(usesDisk) },
      { kind: 'VirtualMachineImage', keysFor: everyMachine(usesImage) },
      { kind: 'VirtualMachineNetwork', keysFor: everyMachine(usesNetwork) },
      { kind: 'VirtualMachine', keysFor: (object) => sharingDisk(context, object) },
    ],
    async reconcile(key) {
      const machine = context.store.get('VirtualMachine', key);
      const uid = machine?.metadata.uid;
      if (!machine || !uid || !isOurs(machine, placementOf(context))) return undefined;
      return machines.exclusive(uid, () => converge({ context, machines }, key, uid));
    },
  };
}

/** This node, as it sees itself now. */
export const placementOf = ({ nodeName, settings, leaseLost }: Context): Placement => ({
  nodeName,
  standalone: settings.standalone,
  leaseLost: leaseLost?.() ?? false,
});

type Parts = Pick<Run, 'context' | 'machines'>;

/** Observes, plans and acts until nothing is left to do; then says what is. */
async function converge(parts: Parts, key: Key, uid: string): Promise<Outcome | undefined> {
  const { context, machines } = parts;
  const handle = machines.handle(uid);
  handle.problem = undefined;
  let failed: { readonly machine: VirtualMachine; readonly error: unknown } | undefined;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const current = context.store.get('VirtualMachine', key);
    if (current?.metadata.uid !== uid) return undefined;
    // Of a spec that came after the one that failed, nothing was tried yet.
    const machine = failed?.machine ?? current;
    const seen = await observe(context, machines.host, handle, machine);
    const actions = failed ? [] : plan(machine, seen, placementOf(context));
    const todo = actions.filter(({ type }) => type !== 'wait');
    if (todo.length === 0) {
      await report(parts, machine, seen, handle.problem);
      if (failed) throw failed.error;
      return afterWait(actions);
    }
    const run: Run = { ...parts, handle, machine, resources: seen.resources };
    const error = await act(run, todo);
    if (error !== undefined) failed = { machine, error };
    else if (todo.some(({ type }) => type === 'release' || type === 'leave')) return undefined;
  }
  throw new Error(`${key.name} does not settle: something undoes what is done`);
}

/** Carries actions out one after the other. @returns the error that ended it, to be thrown after the status was written */
async function act(run: Run, actions: readonly Action[]): Promise<unknown> {
  try {
    for (const action of actions) await applyAction(run, action);
    return undefined;
  } catch (error) {
    run.handle.problem = toProblem(error as Error);
    return error;
  }
}

/** A running machine that refused a change. */
function toProblem(error: Error): Problem {
  const { reason, message } = startFailure(error);
  return { reason: reason === 'StartFailed' ? 'ChangeFailed' : reason, message };
}

async function report(
  { context, machines }: Parts,
  machine: VirtualMachine,
  seen: Observed,
  problem: Problem | undefined,
) {
  const node: NodeView = {
    nodeName: context.nodeName,
    acceleration: machines.host.accelerated(),
    unconfined: machines.host.unconfined,
    extraArguments: context.settings.extraArguments,
    ...(machines.host.cgroups.version !== 'none' && { cgroups: machines.host.cgroups.version }),
    problem,
    notStarted: whyNotStarted(machine, placementOf(context)),
  };
  await context.updateStatus('VirtualMachine', keyOf(machine), ({ status }) =>
    machineStatus(withStatus(machine, status), seen, node),
  );
}

/** The spec that was acted upon, which by now may not be the newest, with the status that is there. */
function withStatus(machine: VirtualMachine, status: VirtualMachineStatus | undefined): VirtualMachine {
  const { status: _seen, ...rest } = machine;
  return status ? { ...rest, status } : rest;
}

function afterWait(actions: readonly Action[]): Outcome | undefined {
  const waits = actions.filter((action): action is Wait => action.type === 'wait').map(({ ms }) => ms);
  return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
}

const usesDisk = (machine: VirtualMachine, { metadata: { name } }: KubeObject): boolean =>
  (machine.spec.disks ?? []).some((disk) => diskNameOf(machine, disk) === name);

const usesImage = ({ spec }: VirtualMachine, { metadata: { name } }: KubeObject): boolean =>
  (spec.disks ?? []).some(({ image }) => image?.name === name) ||
  spec.machine?.boot?.kernel?.image.name === name ||
  spec.machine?.boot?.kernel?.initrd?.name === name;

const usesNetwork = ({ spec }: VirtualMachine, { metadata: { name } }: KubeObject): boolean =>
  (spec.interfaces ?? []).some(({ network }) => network?.name === name);

/** An object of the store never changes, and each change of any machine asks this of every other. */
const named = new WeakMap<VirtualMachine, readonly string[]>();

function diskNamesOf(machine: VirtualMachine): readonly string[] {
  const known = named.get(machine);
  if (known) return known;
  const names = (machine.spec.disks ?? []).flatMap((disk) => diskNameOf(machine, disk) ?? []);
  named.set(machine, names);
  return names;
}

/** A machine that lets go of a disk makes way for the next. */
function sharingDisk(context: Context, object: KubeObject): Key[] {
  const other = object as VirtualMachine;
  const names = diskNamesOf(other);
  if (names.length === 0) return [];
  const shares = (machine: VirtualMachine): boolean => diskNamesOf(machine).some((name) => names.includes(name));
  const machines = context.store.list('VirtualMachine', other.metadata.namespace);
  return machines.filter((machine) => machine.metadata.uid !== other.metadata.uid && shares(machine)).map(keyOf);
}
