import type { ApiClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { RELEASED } from '../../schemas/kinds/annotations.ts';
import { kindNames } from '../../schemas/kinds/names.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { type Controller, createController } from '../controller/controller.ts';
import { keyOf, keyText } from '../controller/keys.ts';
import { writeStatus } from '../controller/status.ts';
import type { Events, Key, Log, Outcome } from '../controller/types.ts';
import { EXECUTOR_LABEL } from '../daemon/node-object.ts';
import { timestampOf } from '../kinds/common/condition.ts';
import { holderOf, reservationOf } from '../kinds/virtualmachine/holder.ts';
import type { Term } from './election.ts';
import { NODES } from './fenced.ts';
import { applyPlacement, freePod, isNew } from './placement/apply.ts';
import { planPlacement } from './placement/plan.ts';
import { podName } from './placement/pod.ts';
import { ownerKey } from './placement/pod-index.ts';
import { isSaidUnknown, unknownStatus } from './placement/status.ts';
import { whereItCan } from './placement/where.ts';
import { type ClusterOptions, within } from './timing.ts';
import { type ClusterView, followCluster } from './view.ts';

export interface ClusterParts {
  readonly client: ApiClient;
  readonly events: Events;
  readonly log: Log;
  readonly options: ClusterOptions;
}

const MACHINES = resourceOf(kindNames.VirtualMachine);
const MOST_ROUNDS = 6;
const LOOK_MS = 1000;
const SYNC_MS = 60_000;
/** What machines wait for may change a thousand times a second; who waits looks once. */
const SETTLE_MS = 200;
/** A node that is back writes its machines' status before its lease is heard of: it is not contradicted at once. */
const DOUBT_MS = 3000;
export const LOST = 'lost';
/** Of a machine, little but two answers of the API is waited for: a thousand that come at once are not to wait for each other. */
const WORKERS = 32;

/** Starts what one executor does for the whole cluster. */
export function leadCluster(parts: ClusterParts): Term {
  let controller: Controller | undefined;
  let later: NodeJS.Timeout | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const enqueue = (key: Key, afterMs?: number): void => controller?.enqueue(key, afterMs);
  const wake = (): void => {
    later = undefined;
    for (const machine of waiting(view)) enqueue(keyOf(machine));
  };
  const view = followCluster({
    ...parts,
    onMachine: (machine) => enqueue(keyOf(machine)),
    onPod: (pod) => enqueue(ownerKey(pod)),
    onOther: () => {
      later ??= setTimeout(wake, SETTLE_MS);
    },
  });
  const begin = async (): Promise<void> => {
    await within(SYNC_MS, 'a list of all machines, reservations, nodes and leases', view.synced);
    if (closed) return;
    controller = startPlacing(view);
    timer = setInterval(() => watchNodes(view, enqueue), LOOK_MS);
  };
  const ready = begin();
  return {
    ready,
    close: async () => {
      closed = true;
      view.close();
      clearTimeout(later);
      clearInterval(timer);
      await controller?.close();
    },
  };
}

/** Every machine is looked at, and every reservation: that of a machine which went while nobody led is nobody's. */
function startPlacing(view: ClusterView): Controller {
  const said = new Map<string, number>();
  const reconciler = {
    kind: 'VirtualMachine',
    reconcile: (key: Key) => reconcile(view, key, said),
  } as const;
  const controller = createController({ log: view.log, reconciler, workers: WORKERS });
  for (const machine of view.store.list('VirtualMachine')) controller.enqueue(keyOf(machine));
  for (const pod of view.pods()) controller.enqueue(ownerKey(pod));
  return controller;
}

/** Machines that something else than themselves may help, or that a fence has freed. */
const waiting = (view: ClusterView): VirtualMachine[] =>
  view.store.list('VirtualMachine').filter((machine) => {
    const holder = holderOf(machine);
    const gaveBack = reservationOf(machine) === RELEASED && machine.spec.powerState !== 'Stopped';
    return machine.spec.nodeName === undefined || gaveBack || (holder !== undefined && view.isLost(holder));
  });

async function reconcile(view: ClusterView, key: Key, said: Map<string, number>): Promise<Outcome | undefined> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const machine = view.store.get('VirtualMachine', key);
    await freeOrphans(view, key, machine);
    if (!machine) return undefined;
    const pod = view.pod(machine.metadata.namespace, podName(machine));
    const seen = {
      pod,
      isNew: pod !== undefined && isNew(pod, Date.now()),
      where: whereItCan(machine, view.store),
      isFenced: view.isFenced,
    };
    const actions = planPlacement(machine, seen);
    const outcomes = [];
    for (const action of actions) {
      const current = view.machine(machine) ?? machine;
      outcomes.push(await applyPlacement({ view, machine: current, seen }, action));
    }
    const [outcome] = outcomes.filter((found) => found !== undefined);
    if (outcome) return outcome;
    if (actions.every(({ type }) => type === 'report' || type === 'reserve' || type === 'free-pod')) break;
  }
  return doubt(view, key, said);
}

/** Reservations of machines that are gone: nobody else takes our hold off them. */
async function freeOrphans(view: ClusterView, key: Key, machine: VirtualMachine | undefined): Promise<void> {
  const name = machine && podName(machine);
  const pods = view.podsOf(keyText(key)).filter(({ metadata }) => metadata.name !== name);
  for (const pod of pods) await freePod(view, pod);
}

/** A machine whose node does not report is `Unknown`, and nothing more. */
async function doubt(view: ClusterView, key: Key, said: Map<string, number>): Promise<Outcome | undefined> {
  const machine = view.store.get('VirtualMachine', key);
  const holder = machine && holderOf(machine);
  if (!machine || holder === undefined || !view.isLost(holder) || isSaidUnknown(machine)) return undefined;
  const { uid = '' } = machine.metadata;
  const wait = (said.get(uid) ?? Number.NEGATIVE_INFINITY) + DOUBT_MS - performance.now();
  if (wait > 0) return { requeueAfterMs: wait };
  said.set(uid, performance.now());
  const now = timestampOf(Date.now());
  await writeStatus(view.client, MACHINES, machine, (fresh) =>
    holderOf(fresh) === holder ? unknownStatus(fresh, holder, now) : (fresh.status ?? {}),
  );
  view.events.record(machine, 'Warning', 'NodeLost', `the node ${holder} does not report`);
  return undefined;
}

/** Nothing tells that a lease has run out. New machines stay away from such a node. */
function watchNodes(view: ClusterView, enqueue: (key: Key) => void): void {
  for (const machine of view.store.list('VirtualMachine')) {
    const holder = holderOf(machine);
    if (holder !== undefined && view.isLost(holder) && (!isSaidUnknown(machine) || view.isFenced(holder)))
      enqueue(keyOf(machine));
  }
  for (const { metadata } of view.nodes()) {
    const label = metadata.labels?.[EXECUTOR_LABEL];
    const wanted = view.isLost(metadata.name) ? LOST : 'true';
    if (label === undefined || label === wanted) continue;
    const patch = { metadata: { labels: { [EXECUTOR_LABEL]: wanted } } };
    view.client
      .patch(NODES, { name: metadata.name }, patch)
      .catch((error) => view.log.warn(`cannot label the node ${metadata.name}: ${error.message}`));
  }
}
