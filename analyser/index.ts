import { kinds } from '../schemas/kinds/index.ts';
import { diff } from './kept/diff.ts';
import { isEmpty, printKept } from './kept/kept.ts';
import type { Fault, ImportOptions } from './objects/building.ts';
import { ANNOTATIONS, type Manifest } from './objects/manifest.ts';
import { type Renamed, renamedOf } from './objects/renamed.ts';
import { AnalysisError, type Leaf } from './report.ts';
import { ROOTS, type Root } from './roots/index.ts';
import type { Reading, Seen } from './table/seen.ts';
import { tree } from './table/tree.ts';
import { decodeXml } from './xml/decode.ts';
import { type XmlElement, xpathOf } from './xml/infoset.ts';
import { leavesOf } from './xml/leaves.ts';
import { parseXml } from './xml/parse.ts';
import { checkPrefixes } from './xml/prefixes.ts';

export type { ImportOptions } from './objects/building.ts';
export type { Manifest } from './objects/manifest.ts';
export type { Renamed } from './objects/renamed.ts';
export { AnalysisError, type Leaf, type Outcome } from './report.ts';
export { XmlError } from './xml/errors.ts';

export interface Analysis {
  /** What the root element is first (a machine, a network …), then the images, disks and networks that it needs. */
  readonly objects: readonly Manifest[];
  /** Every leaf of the input, and what became of it. */
  readonly report: readonly Leaf[];
  /** Names that are no names of Kubernetes, and what they are here. */
  readonly renamed: readonly Renamed[];
  /** What a person must know beside the report. */
  readonly remarks: readonly string[];
}

/**
 * Turns one XML of libvirt's into our objects, by its root element. Pure: nothing that the XML names is opened or run.
 *
 * @throws XmlError where the input is no XML that we read.
 * @throws AnalysisError with every leaf that cannot be taken over.
 */
export function analyse(xml: string | Uint8Array, options: ImportOptions = {}): Analysis {
  const node = parseXml(typeof xml === 'string' ? xml : decodeXml(xml, options.source), options.source);
  checkPrefixes(node, options.source);
  const root = Object.hasOwn(ROOTS, node.name) ? ROOTS[node.name] : undefined;
  if (!root) throw new AnalysisError(refuseRoot(node), options.source);
  const reading = readingOf(options);
  const { report } = reading;
  const { seen, objects, faults, remarks = [] } = root.read(node, reading, options);
  for (const fault of [...faults, ...objects.flatMap(schemaFaults)]) refuse(report, fault, node);
  throwIfRefused(report, options.source);
  const kept = keep(root, objects, seen, report);
  throwIfRefused(report, options.source);
  return { objects: kept, report, renamed: kept.flatMap(renamedOf), remarks };
}

const readingOf = ({ keepUnsupported = false, networks = {} }: ImportOptions): Reading => ({
  report: [],
  at: 'spec',
  keepUnsupported,
  networks,
});

function refuseRoot(root: XmlElement): Leaf[] {
  const reason = `<${root.name}> is not imported; what is: ${Object.keys(ROOTS).join(', ')}`;
  return leavesOf(root).map((leaf) => ({ ...leaf, outcome: 'refused', reason }));
}

/** What the language itself refuses: bounds, names, things that exclude each other. */
function schemaFaults({ kind, spec }: Manifest, index: number): Fault[] {
  const result = kinds[kind].spec.safeParse(spec);
  const prefix = index === 0 ? 'spec' : `${kind} spec`;
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => ({ field: prefix + path.map(step).join(''), reason: message }));
}

const step = (key: PropertyKey): string => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`);

/** Marks the leaf that a fault is about, else the nearest above it. The first fault of a leaf stays. */
function refuse(report: Leaf[], fault: Fault, root: XmlElement): void {
  const leaf = 'xpath' in fault ? byXpath(report, fault.xpath) : byField(report, fault.field);
  const invalid = fault.invalid ? ({ invalid: true } as const) : {};
  if (leaf?.outcome === 'refused' && (leaf.invalid || !fault.invalid)) return;
  if (leaf) {
    Object.assign(leaf, { outcome: 'refused', reason: `"${leaf.value}" ${fault.reason}`, ...invalid });
    return;
  }
  const xpath = 'xpath' in fault ? fault.xpath : xpathOf(root);
  const reason = 'xpath' in fault ? fault.reason : `${fault.field}: ${fault.reason}`;
  report.push({ xpath, line: root.line, value: '', outcome: 'refused', reason, ...invalid });
}

const byXpath = (report: readonly Leaf[], xpath: string): Leaf | undefined =>
  report.find((leaf) => leaf.xpath === xpath) ?? report.find((leaf) => leaf.xpath.startsWith(`${xpath}/`));

/** By the field itself, else by a field above or below it. */
const byField = (report: readonly Leaf[], field: string): Leaf | undefined =>
  report.find((leaf) => leaf.field === field) ??
  report.find((leaf) => leaf.field?.startsWith(field)) ??
  report
    .filter((leaf) => leaf.field !== undefined && leaf.field !== 'spec' && field.startsWith(`${leaf.field}.`))
    .toSorted((a, b) => (b.field ?? '').length - (a.field ?? '').length)[0];

function throwIfRefused(report: readonly Leaf[], source: string | undefined): void {
  if (report.some(({ outcome }) => outcome === 'refused')) throw new AnalysisError(report, source);
}

/** Puts beside the object what no field holds. An imported leaf that the fields do not give back becomes refused. */
function keep(root: Root, objects: readonly Manifest[], seen: Seen, report: readonly Leaf[]): readonly Manifest[] {
  const [main, ...others] = objects as [Manifest, ...Manifest[]];
  const kept = diff(seen, root.write(main, objects) ?? tree(seen.name));
  const without = report.filter(({ unsupported }) => unsupported).map(({ xpath }) => xpath);
  const added = {
    ...(isEmpty(kept) ? {} : { [ANNOTATIONS.kept]: printKept(kept) }),
    ...(without.length > 0 && { [ANNOTATIONS.unsupported]: without.join('\n') }),
  };
  if (Object.keys(added).length === 0) return objects;
  const annotations = { ...main.metadata.annotations, ...added };
  return [{ ...main, metadata: { ...main.metadata, annotations } } as Manifest, ...others];
}
