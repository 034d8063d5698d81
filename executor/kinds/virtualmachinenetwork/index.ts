import type { VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import { applyHost } from '../../network/host/apply.ts';
import { ownerOf } from '../../network/names.ts';
import { no, timestampOf, type Verdict } from '../common/condition.ts';
import { failureOf } from '../common/failure.ts';
import { holdObject, isDeleting, uidOf } from '../common/object.ts';
import { isOn, judgeHost, USER } from './judge.ts';
import { createLeaseWatch, type LeaseWatch } from './lease-watch.ts';
import { leave } from './leave.ts';
import { type ObservedNetwork, observeNetwork } from './observe.ts';
import { type NetworkAction, needsHost, planNetwork } from './plan.ts';
import { mayChangeNetwork } from './privilege.ts';
import { createSightingWatch, type SightingWatch } from './sighting-watch.ts';
import { type NodeReport, networkStatus } from './status.ts';
import { sweep } from './sweep.ts';

const KIND = 'VirtualMachineNetwork';
const NOTHING = { leases: [], neighbors: [] } as const;
/** What one network changes may be what the next look finds different. */
const MOST_ROUNDS = 6;

const NO_PRIVILEGE = no(
  'NeedsPrivilege',
  'only root (CAP_NET_ADMIN) makes networks of this type: run the executor as root, or use a network of the type user',
);

/** Makes networks what their specs say on this node, and says how they are. */
export function networkReconciler(context: Context): Reconciler {
  const look = (key: Key): void => context.enqueue(KIND, key);
  const watches = {
    leases: createLeaseWatch(look),
    sightings: createSightingWatch(ownerOf(context.settings.home), look),
  };
  const swept = once(() => sweep(context));
  return {
    kind: KIND,
    watches: [{ kind: 'VirtualMachine', keysFor: (object) => networksOf(context, object) }],
    async reconcile(key: Key): Promise<Outcome | undefined> {
      const network = context.store.get(KIND, key);
      if (!network) return undefined;
      if (isDeleting(network)) {
        watches.leases.unwatch(uidOf(network));
        watches.sightings.watch(key.name, false);
        return leave(context, network);
      }
      await swept();
      return bringUp(context, network, watches);
    },
  };
}

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
};

async function bringUp(
  context: Context,
  network: VirtualMachineNetwork,
  watches: { readonly leases: LeaseWatch; readonly sightings: SightingWatch },
): Promise<Outcome | undefined> {
  const { name } = network.metadata;
  if (!isOn(network, context.nodeName) || !needsHost(network)) {
    return report(context, network, { verdict: USER, ...NOTHING });
  }
  if (!(await mayChangeNetwork())) return report(context, network, { verdict: NO_PRIVILEGE, ...NOTHING });
  const { observed, failure } = await converge(context, { name });
  if (!observed) {
    await report(context, network, { verdict: failure ?? no('HostRefused', 'it could not be looked at'), ...NOTHING });
    return { requeueAfterMs: context.settings.resyncMs };
  }
  watches.leases.watch(network, observed.files.folder);
  watches.sightings.watch(name, observed.host.taps.length > 0);
  const device = observed.host.bridge?.name ?? network.spec.ovs?.bridge ?? observed.wanted.host.attach;
  const verdict = failure ?? judgeHost(network, observed);
  const { leases } = observed.host.dnsmasq;
  const datapath = observed.host.ovs?.bridge?.datapath;
  const found = { ...(datapath && { datapath }), leases, neighbors: observed.sightings };
  await report(context, network, { verdict, ...(device !== undefined && { device }), ...found });
  return { requeueAfterMs: context.settings.resyncMs };
}

interface Converged {
  readonly observed?: ObservedNetwork;
  readonly failure?: Verdict;
}

/** Looks, plans and acts until nothing is left to do, or something refuses. */
async function converge(context: Context, key: Key): Promise<Converged> {
  let observed: ObservedNetwork | undefined;
  try {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const network = context.store.get(KIND, key);
      if (!network) return {};
      observed = await observeNetwork(context, network);
      const actions = planNetwork(network, observed, ownerOf(context.settings.home));
      if (actions.length === 0) break;
      for (const action of actions) await applyNetwork(context, network, observed, action);
    }
    return observed ? { observed } : {};
  } catch (error) {
    const { reason, message } = refusalOf(error as Error, observed);
    context.log.warn('a network is not as it should be', { network: key.name, reason, message });
    return { ...(observed && { observed }), failure: no(reason, message.slice(0, 1000)) };
  }
}

/** Only a kernel without VLAN filtering refuses to make a bridge that does it. */
function refusalOf(error: Error, observed: ObservedNetwork | undefined): { reason: string; message: string } {
  const { reason, message } = failureOf(error, 'HostRefused');
  const vlan = observed?.wanted.host.bridge?.vlan;
  if (vlan === undefined || !/not supported/i.test(message)) return { reason, message };
  return { reason: 'VlanUnsupported', message: `the node's kernel has no bridge VLAN filtering: ${message}` };
}

function applyNetwork(
  context: Context,
  network: VirtualMachineNetwork,
  { files }: ObservedNetwork,
  action: NetworkAction,
): Promise<void> {
  if (action.type === 'hold') return holdObject(context, KIND, network);
  return applyHost({ home: context.settings.home, files, cgroups: context.facts.cgroups }, action);
}

async function report(context: Context, { metadata }: VirtualMachineNetwork, report: NodeReport): Promise<undefined> {
  const now = timestampOf(Date.now());
  await context.updateStatus(KIND, { name: metadata.name }, (fresh) =>
    networkStatus(fresh, context.nodeName, report, now),
  );
}

/** The networks that a machine is, or was just, on: what it had is freed and given out anew. */
function networksOf({ store }: Context, object: KubeObject): Key[] {
  const { spec, status } = object as VirtualMachine;
  if ((status?.interfaces ?? []).length === 0 && (spec.interfaces ?? []).length === 0) return [];
  const names = new Set((spec.interfaces ?? []).flatMap(({ network }) => network?.name ?? []));
  return store
    .list(KIND)
    .filter((network) => needsHost(network) && (names.has(network.metadata.name) || isDeleting(network)))
    .map(({ metadata }) => ({ name: metadata.name }));
}
