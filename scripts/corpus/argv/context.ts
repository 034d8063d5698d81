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
}

const valuesOf = (node: Node): string[] => [
  ...node.attributes.values(),
  ...node.content.flatMap((item) => (typeof item === 'string' ? [item.trim()] : valuesOf(item))),
];

const ALIASES = /^(pc|q35|isapc|microvm|)$/;

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
  };
}
