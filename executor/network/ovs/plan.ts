import type { SeenOvs } from '../host/seen.ts';
import type { HostAction, WantedOvs } from '../host/wanted.ts';
import { flowBundle, flowsOf, type OvsPort } from './flows.ts';

/** Bridges of ours say so in the switch's database. */
export const bridgeMark = ({ owner, network }: Pick<WantedOvs, 'owner' | 'network'>): string => `${owner}/${network}`;

/** What to do in Open vSwitch for a network to be as it should. Pure. */
export function planOvs(wanted: WantedOvs, seen: SeenOvs): HostAction[] {
  return [
    ...planSwitch(wanted, seen),
    ...planPort(wanted, seen),
    ...planMeters(wanted, seen),
    ...planFlows(wanted, seen),
  ];
}

const ovs = (...words: readonly string[]): HostAction[] => [{ type: 'ovs', words }];

/** A bridge that is there is the administrator's: nothing of it is changed. */
function planSwitch(wanted: WantedOvs, { bridge }: SeenOvs): HostAction[] {
  if (bridge) return [];
  const made = ['--may-exist', 'add-br', wanted.bridge, '--', 'set', 'Bridge', wanted.bridge];
  return ovs(...made, `datapath_type=${wanted.datapath}`, `external_ids:vmctl=${bridgeMark(wanted)}`);
}

function planPort({ bridge, port, network }: WantedOvs, { ports }: SeenOvs): HostAction[] {
  if (!port) return [];
  const there = ports.find(({ name }) => name === port.name);
  if (there && there.tag === port.vlan) return [];
  const mark = ['set', 'Port', port.name, `external_ids:vmctl-network=${network}`];
  const tag = port.vlan === undefined ? ['--', 'clear', 'Port', port.name, 'tag'] : [`tag=${port.vlan}`];
  const inside = ['set', 'Interface', port.name, 'type=internal'];
  return ovs('--may-exist', 'add-port', bridge, port.name, '--', ...inside, '--', ...mark, ...tag);
}

const BITS_IN_KILOBYTE = 8;

/** A switch in user space takes packets before the kernel could hold them back: its own meters do. They have the port's number. */
function metersOf({ guests }: WantedOvs, bridge: SeenOvs['bridge'], numbers: SeenOvs['numbers']) {
  if (bridge?.datapath !== 'netdev') return [];
  return guests.flatMap(({ tap, outbound }) => {
    const id = numbers[tap];
    if (outbound === undefined || id === undefined) return [];
    return [{ tap, id, kilobits: Math.max(1, Math.round((outbound * BITS_IN_KILOBYTE) / 1000)) }];
  });
}

function planMeters(wanted: WantedOvs, seen: SeenOvs): HostAction[] {
  return metersOf(wanted, seen.bridge, seen.numbers).flatMap(({ id, kilobits }) => {
    const there = seen.meters.find((meter) => meter.id === id);
    if (there?.kilobits === kilobits) return [];
    return [{ type: 'meter', bridge: wanted.bridge, meter: { id, kilobits }, isThere: there !== undefined } as const];
  });
}

function planFlows(wanted: WantedOvs, seen: SeenOvs): HostAction[] {
  if (!seen.bridge) return [];
  const meters = new Map(metersOf(wanted, seen.bridge, seen.numbers).map(({ tap, id }) => [tap, id]));
  const ports = wanted.guests.flatMap(({ tap, macAddress }): OvsPort[] => {
    const number = seen.numbers[tap];
    const meter = meters.get(tap);
    return number === undefined ? [] : [{ tap, number, macAddress, ...(meter !== undefined && { meter }) }];
  });
  const flows = flowsOf(wanted.network, wanted.acls, ports);
  const { lines, cookie } = flowBundle(wanted.network, flows);
  const same = seen.cookies.length === flows.length && seen.cookies.every((it) => BigInt(it) === BigInt(cookie));
  return same ? [] : [{ type: 'flows', bridge: wanted.bridge, lines }];
}

/** Takes away what is the network's; a bridge that was made for it only where nobody else has a port on it. */
export function planOvsGone(wanted: Pick<WantedOvs, 'owner' | 'network'>, seen: SeenOvs): HostAction[] {
  const { bridge, ports, portsOfBridge, cookies, meters, numbers } = seen;
  const gone = ports.flatMap(({ name }) => ovs('--if-exists', 'del-port', name));
  if (!bridge) return gone;
  const ours = new Set(ports.map(({ name }) => name));
  const made = bridge.externalIds['vmctl'] === bridgeMark(wanted);
  if (made && portsOfBridge.every((name) => ours.has(name)))
    return [...gone, ...ovs('--if-exists', 'del-br', bridge.name)];
  const own = new Set(ports.flatMap(({ name }) => numbers[name] ?? []));
  const { lines } = flowBundle(wanted.network, []);
  return [
    ...(cookies.length > 0 ? [{ type: 'flows', bridge: bridge.name, lines } as const] : []),
    ...meters
      .filter(({ id }) => own.has(id))
      .map(({ id }) => ({ type: 'remove-meter', bridge: bridge.name, id }) as const),
    ...gone,
  ];
}
