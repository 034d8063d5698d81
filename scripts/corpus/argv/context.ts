import { at, elements, type Node } from '../xml/node.ts';

/** What of the XML decides how two command lines are compared. */
export interface Context {
  /** Every value of the XML: a path that is none of them was chosen by a program, not by a person. */
  readonly said: ReadonlySet<string>;
  readonly macs: ReadonlySet<string>;
  /** The machine type as the XML pins it; undefined for an alias. */
  readonly pinned: string | undefined;
  /** The XML gives a UUID. */
  readonly uuid: boolean;
  /** The processor is taken from the host that the command is made on. */
  readonly hostCpu: boolean;
  /** Names, as qemu spells them, of features that the guest is given where the host has them. */
  readonly optionalFeatures: ReadonlySet<string>;
  /** Without KVM. */
  readonly emulated: boolean;
  /** The nodes of the host that memory comes from are chosen at the start. */
  readonly chosenNodes: boolean;
  /** The clock starts at a date reckoned from that of the host. */
  readonly runningClock: boolean;
  /** The number of the machine on its sockets is chosen at the start. */
  readonly chosenCid: boolean;
}

const valuesOf = (node: Node): string[] => [
  ...node.attributes.values(),
  ...node.content.flatMap((item) => (typeof item === 'string' ? [item.trim()] : valuesOf(item))),
];

const ALIASES = /^(pc|q35|isapc|microvm|)$/;

/** Whether numad says where the memory is: it is asked to, or it places the virtual CPUs and nothing is said of memory. */
function asksNumad(domain: Node): boolean {
  const said = at(domain, 'numatune/memory')[0]?.attributes;
  const vcpu = at(domain, 'vcpu')[0]?.attributes.get('placement');
  return said?.get('placement') === 'auto' || (vcpu === 'auto' && said?.get('nodeset') === undefined);
}

function reckons(domain: Node): boolean {
  const clock = at(domain, 'clock')[0]?.attributes;
  return clock?.get('offset') === 'variable' || clock?.get('basis') !== undefined;
}

const optional = (domain: Node): string[] =>
  at(domain, 'cpu/feature')
    .filter(({ attributes }) => attributes.get('policy') === 'optional')
    .map(({ attributes }) => attributes.get('name') ?? '');

export function contextOf(domain: Node): Context {
  const type = at(domain, 'os/type')[0]?.attributes.get('machine') ?? '';
  const cpu = at(domain, 'cpu')[0];
  const mode = cpu?.attributes.get('mode');
  return {
    said: new Set(valuesOf(domain)),
    macs: new Set(at(domain, 'devices/interface/mac').map((one) => one.attributes.get('address')?.toLowerCase() ?? '')),
    pinned: ALIASES.test(type) ? undefined : type,
    uuid: elements(domain).some(({ name }) => name === 'uuid'),
    hostCpu: mode === 'host-model' || cpu?.attributes.get('match') === 'minimum',
    optionalFeatures: new Set(optional(domain).flatMap((name) => [name, name.replaceAll('_', '-')])),
    emulated: domain.attributes.get('type') === 'qemu',
    chosenNodes: asksNumad(domain),
    runningClock: reckons(domain),
    chosenCid: at(domain, 'devices/vsock/cid')[0]?.attributes.get('auto') === 'yes',
  };
}
