import type { VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import type { Context } from '../../controller/types.ts';
import { type NetworkFiles, networkFiles, observeDnsmasq } from '../../network/dnsmasq/process.ts';
import { hostResolver } from '../../network/dnsmasq/resolv.ts';
import { observeHost } from '../../network/host/observe.ts';
import type { Seen } from '../../network/host/seen.ts';
import { findListeners } from '../../network/link/listeners.ts';
import { ownerOf } from '../../network/names.ts';
import { droppingChains, readSightings } from '../../network/nft/read.ts';
import { listChains, listTable } from '../../network/nft/run.ts';
import type { KnownAddress } from '../../network/router/members.ts';
import { type Member, membersOf } from '../../network/router/members.ts';
import { uidOf } from '../common/object.ts';
import { isOurs } from '../virtualmachine/holder.ts';
import { settingsOf, type WantedNetwork, wantedNetwork } from './wanted.ts';

export interface ObservedNetwork {
  readonly files: NetworkFiles;
  readonly members: readonly Member[];
  /** Addresses that guests were seen to use, the most recent last. */
  readonly sightings: readonly KnownAddress[];
  readonly wanted: WantedNetwork;
  readonly host: Seen;
  /** Chains of others that may keep guests from the world. */
  readonly dropping: readonly string[];
}

/** The machines of this node that have an interface on a network. */
export function membersHere({ store, nodeName, settings }: Context, network: VirtualMachineNetwork): Member[] {
  const ours = store
    .list('VirtualMachine')
    .filter((machine) => isOurs(machine, { nodeName, standalone: settings.standalone }));
  return membersOf(ours, network.metadata.name);
}

async function sightingsOf(owner: string, members: readonly Member[]): Promise<KnownAddress[]> {
  const answer = await listTable({ family: 'bridge', name: `vmctl_${owner}` });
  const macs = new Map(members.map(({ tap, macAddress }) => [tap, macAddress]));
  // What comes through a tap under another MAC address is not the interface's own.
  return answer === undefined
    ? []
    : readSightings(answer).filter(({ device, macAddress }) => macs.get(device) === macAddress);
}

/** Looks at everything that concerns a network on this host. Changes nothing. @throws RouterError, ProgramError */
export async function observeNetwork(context: Context, network: VirtualMachineNetwork): Promise<ObservedNetwork> {
  const { home } = context.settings;
  const uid = uidOf(network);
  const owner = ownerOf(home);
  const files = networkFiles(home, uid);
  const members = membersHere(context, network);
  const [{ leases }, sightings, allListeners, resolver] = await Promise.all([
    observeDnsmasq(files),
    sightingsOf(owner, members),
    findListeners(),
    hostResolver(),
  ]);
  const known = [...leases, ...[...sightings].reverse()];
  const wanted = wantedNetwork(network, { owner, files, members, known, listeners: allListeners, resolver });
  const { attach, bridge } = wanted.host;
  const place = {
    ...{ home, uid, files, settings: settingsOf(wanted) },
    ...(bridge?.uplink !== undefined && { uplink: bridge.uplink }),
    ...(network.spec.ovs && { ovs: network.spec.ovs.bridge }),
    ...(attach !== undefined && attach !== bridge?.name && { attach }),
  };
  const [host, dropping] = await Promise.all([
    observeHost(place),
    wanted.host.forwarding.ipv4 ? listChains().then(droppingChains) : [],
  ]);
  return { files, members, sightings, wanted, host, dropping };
}

/** What is left of a network that is on its way out, whatever its spec says. */
export function observeLeaving(context: Context, network: VirtualMachineNetwork): Promise<Seen> {
  const { home } = context.settings;
  const { ovs } = network.spec;
  const place = { home, uid: uidOf(network), files: networkFiles(home, uidOf(network)), settings: [] };
  return observeHost({ ...place, ...(ovs && { ovs: ovs.bridge }) });
}
