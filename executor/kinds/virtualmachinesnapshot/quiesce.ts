import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { agentSocket, freeze, thaw } from '../../agent/index.ts';
import type { Context } from '../../controller/types.ts';
import { hostPaths, runDirOf } from '../../host/index.ts';
import type { Qmp } from '../../qmp/index.ts';
import { no, type Verdict, yes } from '../common/condition.ts';
import { uidOf } from '../common/object.ts';
import { forgetFreeze, isFrozen, noteFreeze } from '../virtualmachine/frozen.ts';
import { SnapshotError } from './errors.ts';

/** What came of freezing, and of what was done meanwhile. */
export interface Quiesced<T> {
  readonly result: T;
  /** Nothing where nothing was to be frozen. */
  readonly verdict?: Verdict;
}

/** A guest that cannot be talked to would keep a snapshot waiting for nothing. */
const THAW_MS = 5000;

/**
 * Runs something while the guest's file systems stand still, as the snapshot asks for it. The guest is thawed whatever comes
 * of it; that it may be frozen is written down first, so that an executor that is started again thaws it too.
 * @throws SnapshotError when it must be and could not, and what `work` throws
 */
export async function whileFrozen<T>(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  qmp: Qmp | undefined,
  work: () => Promise<T>,
): Promise<Quiesced<T>> {
  const { quiesce, quiesceTimeoutSeconds } = snapshot.spec;
  if (!qmp || quiesce === 'Never') return { result: await work() };
  const place = await placeOf(context, machine, qmp);
  if ('why' in place) return { result: await insist(snapshot, place.why, work), verdict: place.why };
  if (await isFrozen(place.runDir, machine.status?.pid ?? 0)) await thawLeft(context, machine, place);
  await noteFreeze(place.runDir, machine.status?.pid ?? 0);
  try {
    const frozen = await attempt(place.socket, quiesceTimeoutSeconds * 1000);
    const result = frozen.status === 'True' ? await work() : await insist(snapshot, frozen, work);
    return { result, verdict: frozen };
  } finally {
    await release(context, machine, place);
  }
}

/** An agent that has frozen takes no second freeze. */
async function thawLeft({ events }: Context, machine: VirtualMachine, { socket }: Place): Promise<void> {
  await thaw(socket, THAW_MS);
  events.record(machine, 'Normal', 'Thawed', 'the file systems that a snapshot had frozen go on');
}

interface Place {
  readonly runDir: string;
  readonly socket: string;
}

const PAUSED = no('GuestPaused', 'the machine is paused, so that its file systems cannot be frozen');
const NOT_CONNECTED = no(
  'AgentNotConnected',
  'the guest agent that would freeze the file systems is not connected: install qemu-guest-agent in the guest',
);

async function placeOf(
  context: Context,
  machine: VirtualMachine,
  qmp: Qmp,
): Promise<Place | { readonly why: Verdict }> {
  const runDir = runDirOf(hostPaths(context.settings.home), uidOf(machine));
  const socket = agentSocket(machine.spec, runDir);
  const connected = machine.status?.conditions?.find(({ type }) => type === 'GuestAgentConnected')?.status === 'True';
  if (socket === undefined || !connected) return { why: NOT_CONNECTED };
  const { running } = await qmp.execute('query-status');
  return running ? { runDir, socket } : { why: PAUSED };
}

async function attempt(socket: string, timeoutMs: number): Promise<Verdict> {
  try {
    const count = await freeze(socket, timeoutMs);
    return yes('Frozen', `${count} file systems of the guest stood still`);
  } catch (error) {
    return no('FreezeFailed', `the guest's file systems could not be frozen: ${(error as Error).message}`);
  }
}

/** Without frozen file systems, if that will do. */
function insist<T>({ spec }: VirtualMachineSnapshot, { reason, message }: Verdict, work: () => Promise<T>): Promise<T> {
  if (spec.quiesce !== 'Required') return work();
  throw new SnapshotError(reason, `${message}; or use quiesce IfPossible, or stop the machine first`);
}

/** One that does not answer is thawed by the machine's own reconcile, as after a crash of ours. */
async function release(context: Context, machine: VirtualMachine, { runDir, socket }: Place): Promise<void> {
  try {
    await thaw(socket, THAW_MS);
    await forgetFreeze(runDir);
  } catch (error) {
    context.log.warn(`${machine.metadata.name} is not thawed yet: ${(error as Error).message}`);
    context.enqueue('VirtualMachine', {
      namespace: machine.metadata.namespace ?? 'default',
      name: machine.metadata.name,
    });
  }
}
