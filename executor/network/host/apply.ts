import { rm } from 'node:fs/promises';
import { type CgroupSupport, joinCgroup } from '../../host/cgroup.ts';
import { type NetworkFiles, startDnsmasq, stopDnsmasq } from '../dnsmasq/process.ts';
import { applyLinks } from '../link/link.ts';
import { applyCommands } from '../nft/run.ts';
import { applyFlows, ovs, removeMeter, setMeter } from '../ovs/ovs.ts';
import { runProgram } from '../run.ts';
import { writeSetting } from '../sysctl.ts';
import { startForwarding, stopForwarding } from './forwarding.ts';
import type { HostAction } from './wanted.ts';

export interface ApplyPlace {
  readonly home: string;
  readonly files: NetworkFiles;
  readonly cgroups: CgroupSupport;
}

/** A service manager or a kubelet that ends the executor's group must leave guests their addresses and names. */
const GROUP = 'networks';

type ActionOf<T extends HostAction['type']> = Extract<HostAction, { readonly type: T }>;
type Apply<T extends HostAction['type']> = (place: ApplyPlace, action: ActionOf<T>) => Promise<void>;

/** What each action does. A row here is the only place where a network touches its host. */
const APPLY = {
  links: (_place, { commands }) => applyLinks(commands),
  'bridge-vlans': async (_place, { commands }) => {
    for (const words of commands) await runProgram('bridge', words);
  },
  setting: (_place, { setting, value }) => writeSetting(setting, value),
  forwarding: ({ home }, { family }) => startForwarding(home, family),
  'stop-forwarding': ({ home }) => stopForwarding(home),
  filter: (_place, { commands }) => applyCommands(commands),
  'start-dnsmasq': async ({ files, cgroups }, { config }) =>
    startDnsmasq(files, config, (await joinCgroup(cgroups, GROUP)).procs),
  'stop-dnsmasq': ({ files }) => stopDnsmasq(files),
  ovs: async (_place, { words }) => {
    await ovs(words);
  },
  flows: (_place, { bridge, lines }) => applyFlows(bridge, lines),
  meter: (_place, { bridge, meter, isThere }) => setMeter(bridge, meter, isThere),
  'remove-meter': (_place, { bridge, id }) => removeMeter(bridge, id),
  'remove-files': ({ files }) => rm(files.folder, { recursive: true, force: true }),
} satisfies { [T in HostAction['type']]: Apply<T> };

/** Carries one action out. @throws ProgramError, DnsmasqError */
export function applyHost<T extends HostAction['type']>(place: ApplyPlace, action: ActionOf<T>): Promise<void> {
  const apply = APPLY[action.type] as unknown as Apply<T>;
  return apply(place, action);
}
