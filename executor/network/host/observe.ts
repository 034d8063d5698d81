import { access } from 'node:fs/promises';
import { type NetworkFiles, observeDnsmasq } from '../dnsmasq/process.ts';
import { findLink, findPorts, findTaps, type Link } from '../link/link.ts';
import { vlansOf } from '../link/vlan.ts';
import { bridgeOf, ownerOf, parseMark, tableOf } from '../names.ts';
import { observeTable } from '../nft/run.ts';
import { observeOvs } from '../ovs/observe.ts';
import { readSetting, type Setting } from '../sysctl.ts';
import { observeForwarding } from './forwarding.ts';
import { findRoutes } from './routes.ts';
import type { Seen } from './seen.ts';

/** What is to be looked at for a network. */
export interface Place {
  readonly home: string;
  readonly uid: string;
  readonly files: NetworkFiles;
  /** The card that is to be on the bridge. */
  readonly uplink?: string;
  /** What taps are attached to, where it is not our own bridge. */
  readonly attach?: string;
  readonly settings: readonly Setting[];
  /** A bridge of Open vSwitch that the network is, or was, on. */
  readonly ovs?: string;
}

const isTapOf = (uid: string, alias: string | undefined): boolean => {
  const mark = parseMark(alias);
  return mark?.network === uid && mark.machine !== undefined;
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The card on a bridge of ours, wanted there or left from before. */
async function observeUplink(bridge: Link | undefined, wanted: string | undefined): Promise<Link | undefined> {
  if (wanted !== undefined) return findLink(wanted);
  return bridge && (await findPorts(bridge.name)).find(({ kind }) => kind !== 'tun');
}

/** Looks at everything of the host that concerns a network. Changes nothing. */
export async function observeHost({ home, uid, files, uplink, attach, settings, ovs }: Place): Promise<Seen> {
  const owner = ownerOf(home);
  const [bridge, taps, table, watch, dnsmasq, forwarding] = await Promise.all([
    findLink(bridgeOf(uid)),
    findTaps(),
    observeTable({ family: 'inet', name: tableOf(uid) }),
    observeTable({ family: 'bridge', name: `vmctl_${owner}` }),
    observeDnsmasq(files),
    observeForwarding(home),
  ]);
  const card = await observeUplink(bridge, uplink);
  const target = attach === undefined ? bridge : await findLink(attach);
  const values = await Promise.all(settings.map(async (setting) => [setting, await readSetting(setting)] as const));
  const inSwitch = ovs === undefined ? undefined : await observeOvs(ovs, uid);
  return {
    ...(inSwitch && { ovs: inSwitch }),
    ...(bridge && { bridge }),
    ...(card && { uplink: card }),
    ...(table && { table }),
    ...(watch && { watch }),
    attachable: target?.kind === 'bridge',
    vlanFiltering: target?.vlanFiltering === true,
    uplinkVlans: card ? await vlansOf(card.name) : [],
    uplinkRoutes: card ? await findRoutes(card.name) : [],
    bridgeRoutes: card && bridge ? await findRoutes(bridge.name) : [],
    taps: taps.filter(({ alias }) => isTapOf(uid, alias)),
    dnsmasq,
    settings: Object.fromEntries(values),
    forwarding,
    files: await exists(files.folder),
  };
}
