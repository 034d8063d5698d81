import type { VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import { isHeld } from '../../controller/finalizer.ts';
import type { Context, Outcome } from '../../controller/types.ts';
import { networkFiles } from '../../network/dnsmasq/process.ts';
import { applyHost } from '../../network/host/apply.ts';
import type { Seen } from '../../network/host/seen.ts';
import { ownerOf, parseMark } from '../../network/names.ts';
import { makeCondition, no, timestampOf, withCondition } from '../common/condition.ts';
import { releaseObject, uidOf } from '../common/object.ts';
import { observeLeaving } from './observe.ts';
import { planLeaving } from './plan.ts';
import { mayChangeNetwork } from './privilege.ts';

const KIND = 'VirtualMachineNetwork';
const MOST_ROUNDS = 6;
/** Somebody's tap may go without an event of ours. */
const LOOK_AGAIN_MS = 5000;

/** Frees everything of this host, then lets the object go once every other node has done the same. */
export async function leave(context: Context, network: VirtualMachineNetwork): Promise<Outcome | undefined> {
  if (!isHeld(network)) return undefined;
  if (await mayChangeNetwork()) {
    const seen = await free(context, network);
    if (seen.taps.length > 0) {
      await tellUsers(context, network, seen);
      return { requeueAfterMs: LOOK_AGAIN_MS };
    }
  }
  const others = (network.status?.nodes ?? []).filter(({ name }) => name !== context.nodeName);
  if (others.length === 0) await releaseObject(context, KIND, network);
  else await forgetNode(context, network);
  return undefined;
}

/** @returns what is there at the end: nothing, or what a machine still uses */
async function free(context: Context, network: VirtualMachineNetwork): Promise<Seen> {
  const { home } = context.settings;
  const files = networkFiles(home, uidOf(network));
  let seen = await observeLeaving(context, network);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const others = context.store.list(KIND).filter((other) => uidOf(other) !== uidOf(network));
    const actions = planLeaving(network, seen, others, ownerOf(home));
    if (actions.length === 0) return seen;
    for (const action of actions) await applyHost({ home, files, cgroups: context.facts.cgroups }, action);
    seen = await observeLeaving(context, network);
  }
  throw new Error(`the network ${network.metadata.name} does not go: something brings back what is removed`);
}

/** Who still uses the network, as far as the taps say. */
async function tellUsers(context: Context, { metadata }: VirtualMachineNetwork, { taps }: Seen): Promise<void> {
  const uids = new Set(taps.map(({ alias }) => parseMark(alias)?.machine));
  const machines = context.store.list('VirtualMachine').filter((machine) => uids.has(uidOf(machine)));
  const names = machines.map((machine) => `${machine.metadata.namespace}/${machine.metadata.name}`).slice(0, 5);
  const message = `machines are on the network: ${names.join(', ')}; stop them or take them from it, and the network goes`;
  const now = timestampOf(Date.now());
  await context.updateStatus(KIND, { name: metadata.name }, (fresh) => ({
    ...fresh.status,
    conditions: withCondition(fresh.status?.conditions, makeCondition(fresh, 'Ready', no('InUse', message), now)),
  }));
}

async function forgetNode(context: Context, { metadata }: VirtualMachineNetwork): Promise<void> {
  await context.updateStatus(KIND, { name: metadata.name }, ({ status }) => ({
    ...status,
    conditions: status?.conditions ?? [],
    nodes: (status?.nodes ?? []).filter(({ name }) => name !== context.nodeName),
  }));
}
