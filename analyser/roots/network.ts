import { emptyNetwork } from '../elements/network/draft.ts';
import { network } from '../elements/network/network.ts';
import type { Fault } from '../objects/building.ts';
import { ExportError } from '../objects/lookup.ts';
import { ANNOTATIONS, type Manifest } from '../objects/manifest.ts';
import { readElement } from '../table/read.ts';
import { writeElement } from '../table/write.ts';
import { childOf } from '../xml/infoset.ts';
import { named, namesOf, relabel } from './draft.ts';
import { lowered } from './network-lowered.ts';
import { besides, raised, withKept } from './network-own.ts';
import { draftOf, type External, externalOf } from './network-spec.ts';
import type { Root } from './root.ts';

/** A network of libvirt's: one of our own kinds where that says all of it, else remembered as it is. */
export const networkRoot: Root = {
  read(node, reading, options) {
    const draft = emptyNetwork();
    const seen = readElement(node, network, draft, reading);
    const faults: Fault[] = draft.name === undefined ? [{ xpath: '/network/name', reason: 'is missing' }] : [];
    // A forward element that names no mode is NAT.
    if (childOf(node, 'forward') && draft.spec.mode === undefined) draft.spec.mode = 'NAT';
    const external = externalOf(draft);
    const spec = lowered(external);
    relabel(reading.report, spec);
    const object = named('VirtualMachineNetwork', draft, spec, options, 'Cluster');
    return { seen, objects: [isOwn(spec) ? annotated(object, besides(external, spec)) : object], faults };
  },
  write: (object) => {
    const { spec, metadata } = object as Manifest<'VirtualMachineNetwork'>;
    const kept = isOwn(spec) ? besidesOf(metadata.annotations?.[ANNOTATIONS.network]) : {};
    const external = isOwn(spec) ? withKept(spec, kept) : raised(spec);
    return writeElement('network', network, { ...draftOf(external), ...namesOf(object) })[0];
  },
};

const isOwn = ({ nat, routed, isolated }: Manifest<'VirtualMachineNetwork'>['spec']): boolean =>
  (nat ?? routed ?? isolated) !== undefined;

/** What libvirt alone says of a network of ours is kept for export. */
function annotated<T extends Manifest>(object: T, kept: Partial<External>): T {
  if (Object.keys(kept).length === 0) return object;
  const annotations = { ...object.metadata.annotations, [ANNOTATIONS.network]: JSON.stringify(kept) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function besidesOf(text: string | undefined): Partial<External> {
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as Partial<External>;
  } catch (cause) {
    throw new ExportError(`annotation ${ANNOTATIONS.network} is no JSON; remove it to export without it`, { cause });
  }
}
