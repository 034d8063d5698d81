import { randomUUID } from 'node:crypto';
import { ApiError, isAlreadyExists, isNotFound } from '../../../schemas/client/errors.ts';
import { core, resourceOf } from '../../../schemas/client/paths.ts';
import { RELEASED, RESERVATION } from '../../../schemas/kinds/annotations.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachine, VirtualMachineStatus } from '../../../schemas/kinds/virtual-machine.ts';
import { isHeld, removeFinalizer, withFinalizer } from '../../controller/finalizer.ts';
import { writeStatus } from '../../controller/status.ts';
import type { Outcome } from '../../controller/types.ts';
import { timestampOf } from '../../kinds/common/condition.ts';
import { holderOf } from '../../kinds/virtualmachine/holder.ts';
import { metadataWithoutNode, statusWithoutNode } from '../../kinds/virtualmachine/leave.ts';
import type { ClusterView } from '../view.ts';
import type { Observed, PlacementAction } from './plan.ts';
import { type Pod, reservationPod } from './pod.ts';
import { waitingStatus } from './status.ts';

const MACHINES = resourceOf(kindNames.VirtualMachine);
export const PODS = core('pods');

/** One machine whose place is seen to. */
export interface Placing {
  readonly view: ClusterView;
  readonly machine: VirtualMachine;
  readonly seen: Observed;
}

type ActionOf<T extends PlacementAction['type']> = Extract<PlacementAction, { type: T }>;
// biome-ignore lint/suspicious/noConfusingVoidType: most actions have nothing to ask for
type Apply<T extends PlacementAction['type']> = (placing: Placing, action: ActionOf<T>) => Promise<Outcome | void>;

/** So long a scheduler may take before it is told that it has not looked at a reservation yet. */
const NEW_MS = 3000;

/** Whether a reservation was made a moment ago, as far as the clocks of this host and of the API server agree. */
export const isNew = ({ metadata }: Pod, now: number): boolean =>
  Math.abs(now - Date.parse(metadata.creationTimestamp ?? '')) < NEW_MS;

/** Nothing tells when a quota has room again. */
const ASK_AGAIN_MS = 10_000;

/** What each action does. Each names the version that it was planned for: what changed meanwhile is planned anew. */
const APPLY = {
  reserve: reserve,
  bind: async (placing, { nodeName }) => {
    const { machine, view } = placing;
    const annotations = { [RESERVATION]: nodeName };
    await patch(placing, { metadata: { finalizers: withFinalizer(machine), annotations }, spec: { nodeName } });
    view.events.record(machine, 'Normal', 'Scheduled', `placed on the node ${nodeName}`);
  },
  evict: async (placing) => {
    const { machine, view } = placing;
    await patch(placing, { spec: { nodeName: null, requests: { evict: randomUUID() } } });
    const message = `taken off the node ${machine.spec.nodeName}: its reservation ended there`;
    view.events.record(machine, 'Normal', 'Evicted', message);
  },
  'name-holder': ({ view, machine }, { nodeName }) =>
    writeMachine(view, machine, (fresh) => (isSame(fresh, machine) ? { ...fresh.status, nodeName } : fresh.status)),
  'give-back': (placing) => patch(placing, { metadata: { annotations: { [RESERVATION]: RELEASED } } }),
  'free-pod': ({ view, seen: { pod } }) => (pod ? freePod(view, pod) : Promise.resolve()),
  'take-from': takeFrom,
  release: async ({ view, machine }) => void (await removeFinalizer(view.client, MACHINES, machine)),
  wait: async () => ({ requeueAfterMs: NEW_MS }),
  report: async (placing, action) => {
    await report(placing, action);
  },
} satisfies { [T in PlacementAction['type']]: Apply<T> };

export function applyPlacement<T extends PlacementAction['type']>(
  placing: Placing,
  action: ActionOf<T>,
  // biome-ignore lint/suspicious/noConfusingVoidType: see Apply
): Promise<Outcome | void> {
  const apply = APPLY[action.type] as unknown as Apply<T>;
  return apply(placing, action);
}

/** A merge patch of the machine as it was seen. */
async function patch(
  { view, machine }: Placing,
  change: { readonly metadata?: object; readonly spec?: object },
): Promise<void> {
  const { namespace, name, resourceVersion, uid } = machine.metadata;
  const metadata = { ...change.metadata, resourceVersion, uid };
  view.refresh(await view.client.patch<VirtualMachine>(MACHINES, { namespace, name }, { ...change, metadata }));
}

async function reserve(placing: Placing, { preferred, on }: ActionOf<'reserve'>): Promise<Outcome | undefined> {
  const { view, machine, seen } = placing;
  const pod = reservationPod(machine, { where: seen.where, image: view.options.pauseImage, preferred, on });
  try {
    await view.client.create(PODS, pod);
    return undefined;
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    if (!(error instanceof ApiError) || error.code < 400 || error.code >= 500) throw error;
    await report(placing, { type: 'report', reason: reasonOf(error), message: error.message });
    return { requeueAfterMs: ASK_AGAIN_MS };
  }
}

/** The words of the ResourceQuota admission plug-in. */
const reasonOf = ({ message, reason }: ApiError): string =>
  message.includes('exceeded quota') ? 'QuotaExceeded' : `Reservation${reason}`;

async function report({ view, machine }: Placing, said: ActionOf<'report'>): Promise<void> {
  const now = timestampOf(Date.now());
  await writeMachine(view, machine, (fresh) =>
    isSame(fresh, machine) ? waitingStatus(fresh, said, now) : fresh.status,
  );
}

/** What was planned holds for the machine that it was planned for. */
const isSame = (a: VirtualMachine, b: VirtualMachine): boolean =>
  a.metadata.uid === b.metadata.uid && a.spec.nodeName === b.spec.nodeName && a.status?.nodeName === b.status?.nodeName;

async function writeMachine(
  view: ClusterView,
  machine: VirtualMachine,
  change: (fresh: VirtualMachine) => VirtualMachineStatus | undefined,
): Promise<void> {
  const written = await writeStatus(view.client, MACHINES, machine, (fresh) => change(fresh) ?? {});
  if (written) view.refresh(written);
}

/** The node is off, as somebody vouches for: what it had, nobody has. */
async function takeFrom(placing: Placing, { nodeName }: ActionOf<'take-from'>): Promise<void> {
  const { view, machine } = placing;
  const now = timestampOf(Date.now());
  const message = `the node ${nodeName} was fenced`;
  const lastStop = { reason: 'NodeFenced', message, time: now } as const;
  await writeMachine(view, view.machine(machine) ?? machine, (fresh) =>
    holderOf(fresh) === nodeName ? { ...statusWithoutNode(fresh.status), lastStop } : fresh.status,
  );
  const current = view.machine(machine);
  if (!current) return;
  await patch({ ...placing, machine: current }, { metadata: metadataWithoutNode(current, nodeName) });
  view.events.record(machine, 'Warning', 'NodeFenced', message);
}

/** On a node without a kubelet nobody else removes a pod that was bound. */
const hasKubelet = ({ status }: Pod): boolean =>
  status?.startTime !== undefined || (status?.containerStatuses?.length ?? 0) > 0;

/** Lets a reservation go: our hold, then the pod. One that is gone is fine. */
export async function freePod({ client }: Pick<ClusterView, 'client'>, pod: Pod): Promise<void> {
  const { namespace, name, uid, deletionTimestamp } = pod.metadata;
  try {
    if (isHeld(pod)) await removeFinalizer(client, PODS, pod);
    if (deletionTimestamp !== undefined && hasKubelet(pod)) return;
    const grace = hasKubelet(pod) ? {} : { gracePeriodSeconds: 0 };
    await client.delete(PODS, { namespace, name }, { preconditions: { uid }, ...grace });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
