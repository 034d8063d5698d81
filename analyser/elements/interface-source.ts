import { aside, one } from '../table/children.ts';
import { fieldOf, ignored, runtime, same, selector } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, linkName, matching, text } from '../values/texts.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import type { InterfaceDraft, InterfaceType } from './draft.ts';
import { pciAddress } from './hostdev.ts';

const nic = fieldOf<InterfaceDraft>();
const rule = <V>(path: Parameters<typeof nic<V>>[0], codec: Parameters<typeof nic<V>>[1]) => nic<V>(path, codec);

const asNetwork = { field: 'spec.network.name' } as const;

const device = nic('libvirt.source', linkName, asNetwork);

const MAPPED = 'the network that it is mapped to decides';
const MODES = wordOf('vepa', 'bridge', 'private', 'passthrough');

const DECIDED = 'the network decides';
const running = runtime('what a running machine’s interface was connected to');

/** Addresses and routes of the node's side of a tap. */
const HOST_SIDE = 'the node’s own side of the interface is the administrator’s';
const hostSide: Readonly<Record<string, Child<InterfaceDraft>>> = {
  ip: aside({
    attributes: {
      address: ignored(HOST_SIDE, text(45)),
      family: ignored(HOST_SIDE, wordOf('ipv4', 'ipv6')),
      prefix: ignored(HOST_SIDE, whole(0, 128)),
      peer: ignored(HOST_SIDE, text(45)),
    },
  }),
  route: aside({
    attributes: {
      address: ignored(HOST_SIDE, text(45)),
      family: ignored(HOST_SIDE, wordOf('ipv4', 'ipv6')),
      prefix: ignored(HOST_SIDE, whole(0, 128)),
      netmask: ignored(HOST_SIDE, text(45)),
      gateway: ignored(HOST_SIDE, text(45)),
      metric: ignored(HOST_SIDE, whole()),
    },
  }),
};

const socket = (member: 'multicast' | 'server' | 'client'): ElementTable<InterfaceDraft> => ({
  attributes: {
    address: rule(`spec.connection.${member}.address`, text(255)),
    port: rule(`spec.connection.${member}.port`, whole(1, 65535)),
  },
});

const udp: ElementTable<InterfaceDraft> = {
  attributes: {
    address: rule('spec.connection.udp.address', text(255)),
    port: rule('spec.connection.udp.port', whole(1, 65535)),
  },
  children: {
    local: one({
      attributes: {
        address: rule('spec.connection.udp.localAddress', text(255)),
        port: rule('spec.connection.udp.localPort', whole(1, 65535)),
      },
    }),
  },
};

const vhostUser: ElementTable<InterfaceDraft> = {
  attributes: {
    type: selector('unix', 'spec.connection.vhostUser'),
    path: rule('spec.connection.vhostUser.path', hostPath),
    mode: rule('spec.connection.vhostUser.mode', wordOf('client', 'server')),
  },
  children: {
    reconnect: one({
      attributes: {
        enabled: same('said by its timeout', 'yes', 'no'),
        timeout: rule('spec.connection.vhostUser.reconnectSeconds', whole(0, 0x7fffffff)),
      },
    }),
  },
};

const direct: ElementTable<InterfaceDraft> = {
  attributes: {
    dev: rule('spec.connection.direct.device', linkName),
    mode: rule('spec.connection.direct.mode', MODES),
  },
};

const mappedDirect: ElementTable<InterfaceDraft> = { attributes: { dev: device, mode: ignored(MAPPED, MODES) } };

const network: ElementTable<InterfaceDraft> = {
  attributes: {
    network: nic('libvirt.source', matching(/^[^/\n]{1,255}$/, 'name of a network'), asNetwork),
    portgroup: ignored(DECIDED, text(255)),
    portid: running,
    bridge: running,
  },
};

type Children = Readonly<Record<string, Child<InterfaceDraft>>>;

const OWN_TAP = 'the executor names the host’s side of the interface';
const NEVER_RUN = 'scripts of the node are never run';
const script = one<InterfaceDraft>({ attributes: { path: ignored(NEVER_RUN, hostPath) } });
const scripts: Children = { script, downscript: script };

/** A tap's name is chosen anew by the executor. */
const target = one<InterfaceDraft>({
  attributes: { dev: ignored(OWN_TAP, linkName), managed: ignored(OWN_TAP, yesNo) },
});

const hostdev: ElementTable<InterfaceDraft> = {
  attributes: { writeFiltering: rule('spec.connection.hostDevice.writeFiltering', yesNo) },
  children: { address: one(pciAddress as ElementTable<InterfaceDraft>) },
};

/** What an interface on a network of ours says of it. */
const ON_NETWORK: Readonly<Partial<Record<InterfaceType, Children>>> = {
  network: { source: one(network), target, ...scripts },
  bridge: { source: one({ attributes: { bridge: device } }), target, ...scripts },
  user: { target },
  direct: { source: one(mappedDirect), target },
  ethernet: {
    target: one({ attributes: { dev: device, managed: ignored(MAPPED, yesNo) } }),
    source: one({ children: hostSide }),
    ...scripts,
  },
};

/** What one that is connected to something else says of that. */
const CONNECTED: Readonly<Partial<Record<InterfaceType, Children>>> = {
  direct: { source: one(direct), target },
  ethernet: {
    source: one({ children: hostSide }),
    target: one({
      attributes: {
        dev: rule('spec.connection.tap.device', linkName),
        managed: rule('spec.connection.tap.managed', words({ yes: true, no: false })),
      },
    }),
    ...scripts,
  },
  hostdev: { source: one(hostdev) },
  vhostuser: { source: one(vhostUser), target },
  vdpa: { source: one({ attributes: { dev: rule('spec.connection.vdpa.path', hostPath) } }), target },
  mcast: { source: one(socket('multicast')), target },
  server: { source: one(socket('server')), target },
  client: { source: one(socket('client')), target },
  udp: { source: one(udp), target },
};

/** The children that tell what an interface of a type is connected to. */
export const connectionOf = (type: InterfaceType, onNetwork: boolean): Children =>
  (onNetwork ? ON_NETWORK : CONNECTED)[type] ?? {};

/** Types that are a network of ours by themselves. */
export const isNetwork = (type: string): boolean => type === 'network' || type === 'bridge' || type === 'user';
