import { kinds } from '../schemas/kinds/index.ts';
import { contradictions } from './checks/index.ts';
import { domain } from './elements/domain.ts';
import { emptyDraft } from './elements/draft.ts';
import { diff } from './kept/diff.ts';
import { isEmpty, printKept } from './kept/kept.ts';
import type { Fault, ImportOptions } from './objects/building.ts';
import { fromLibvirt } from './objects/from-libvirt.ts';
import { ANNOTATIONS, type Manifest } from './objects/manifest.ts';
import { AnalysisError, type Leaf } from './report.ts';
import { type Reading, readElement, type Seen } from './table/read.ts';
import { tree } from './table/tree.ts';
import { writeDomain } from './write-domain.ts';
import { decodeXml } from './xml/decode.ts';
import { type XmlElement, xpathOf } from './xml/infoset.ts';
import { leavesOf } from './xml/leaves.ts';
import { parseXml } from './xml/parse.ts';

export type { ImportOptions } from './objects/building.ts';
export type { Manifest } from './objects/manifest.ts';
export { AnalysisError, type Leaf, type Outcome } from './report.ts';
export { XmlError } from './xml/errors.ts';

export interface Analysis {
  /** The machine first, then the images, disks and networks that it needs. */
  readonly objects: readonly Manifest[];
  /** Every leaf of the input, and what became of it. */
  readonly report: readonly Leaf[];
}

/**
 * Turns one libvirt domain into our objects. Pure: nothing that the XML names is opened or run.
 *
 * @throws XmlError where the input is no XML that we read.
 * @throws AnalysisError with every leaf that cannot be taken over.
 */
export function analyse(xml: string | Uint8Array, options: ImportOptions = {}): Analysis {
  const root = parseXml(typeof xml === 'string' ? xml : decodeXml(xml, options.source), options.source);
  if (root.name !== 'domain') throw new AnalysisError(refuseRoot(root), options.source);
  const draft = emptyDraft();
  const report: Leaf[] = [];
  const reading: Reading = {
    report,
    at: 'spec',
    keepUnsupported: options.keepUnsupported ?? false,
    networks: options.networks ?? {},
  };
  const seen = readElement(root, domain, draft, reading);
  const { objects, faults } = fromLibvirt(draft, options);
  for (const fault of [...contradictions(root), ...faults, ...objects.flatMap(schemaFaults)])
    refuse(report, fault, root);
  throwIfRefused(report, options.source);
  const kept = keep(objects, seen);
  throwIfRefused(report, options.source);
  return { objects: kept, report };
}

function refuseRoot(root: XmlElement): Leaf[] {
  const reason = `<${root.name}> is no <domain>; only machines are imported`;
  return leavesOf(root).map((leaf) => ({ ...leaf, outcome: 'refused', reason }));
}

/** What the language itself refuses: bounds, names, things that exclude each other. */
function schemaFaults({ kind, spec }: Manifest): Fault[] {
  const result = kinds[kind].spec.safeParse(spec);
  const prefix = kind === 'VirtualMachine' ? 'spec' : `${kind} spec`;
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => ({ field: prefix + path.map(step).join(''), reason: message }));
}

const step = (key: PropertyKey): string => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`);

/** Marks the leaf that a fault is about, else the nearest above it. The first fault of a leaf stays. */
function refuse(report: Leaf[], fault: Fault, root: XmlElement): void {
  const leaf = 'xpath' in fault ? byXpath(report, fault.xpath) : byField(report, fault.field);
  if (leaf?.outcome === 'refused') return;
  if (leaf) {
    Object.assign(leaf, { outcome: 'refused', reason: `"${leaf.value}" ${fault.reason}` });
    return;
  }
  const xpath = 'xpath' in fault ? fault.xpath : xpathOf(root);
  const reason = 'xpath' in fault ? fault.reason : `${fault.field}: ${fault.reason}`;
  report.push({ xpath, line: root.line, value: '', outcome: 'refused', reason });
}

const byXpath = (report: readonly Leaf[], xpath: string): Leaf | undefined =>
  report.find((leaf) => leaf.xpath === xpath) ?? report.find((leaf) => leaf.xpath.startsWith(`${xpath}/`));

/** By the field itself, else by a field above or below it. */
const byField = (report: readonly Leaf[], field: string): Leaf | undefined =>
  report.find((leaf) => leaf.field === field) ??
  report.find((leaf) => leaf.field?.startsWith(field) || (leaf.field !== 'spec' && field.startsWith(`${leaf.field}.`)));

function throwIfRefused(report: readonly Leaf[], source: string | undefined): void {
  if (report.some(({ outcome }) => outcome === 'refused')) throw new AnalysisError(report, source);
}

/** Puts beside the machine what no field holds. An imported leaf that the fields do not give back becomes refused. */
function keep(objects: readonly Manifest[], seen: Seen): readonly Manifest[] {
  const [machine, ...others] = objects as [Manifest<'VirtualMachine'>, ...Manifest[]];
  const kept = diff(seen, writeDomain(machine, objects) ?? tree('domain'));
  if (isEmpty(kept)) return objects;
  const annotations = { ...machine.metadata.annotations, [ANNOTATIONS.kept]: printKept(kept) };
  return [{ ...machine, metadata: { ...machine.metadata, annotations } } as Manifest, ...others];
}
