import type { Leaf } from '../../analyser/index.ts';
import { alignColumns, printable } from '../output/table.ts';
import type { Result } from './results.ts';

const TOLD = {
  imported: ({ field }) => `imported as ${field ?? ''}`,
  default: ({ reason }) => `same as the default: ${reason ?? ''}`,
  ignored: ({ reason }) => `ignored because ${reason ?? ''}`,
  refused: ({ reason }) => `refused because ${reason ?? ''}`,
} satisfies Record<Leaf['outcome'], (leaf: Leaf) => string>;

const valued = ({ xpath, value }: Leaf): string => `${xpath}${value === '' ? '' : ` = ${JSON.stringify(value)}`}`;

const row = (leaf: Leaf): string[] => [String(leaf.line), valued(leaf), TOLD[leaf.outcome](leaf)].map(printable);

const count = (report: readonly Leaf[], outcome: Leaf['outcome']): number =>
  report.filter((leaf) => leaf.outcome === outcome).length;

/** How many leaves became what. */
export const summary = (report: readonly Leaf[]): string =>
  `${count(report, 'imported')} imported, ${count(report, 'default')} as they are by default, ${count(report, 'ignored')} ignored, ${count(report, 'refused')} refused`;

/** What a person must know before going on: what has no effect, and names that are others here. */
export function remarks(result: Result): string[] {
  const ignored = result.report.filter(({ outcome }) => outcome === 'ignored');
  const lines = alignColumns(
    ignored.map((leaf) => [`  line ${leaf.line}`, valued(leaf), leaf.reason ?? ''].map(printable)),
    2,
  );
  const renamed = 'renamed' in result ? result.renamed : [];
  return [
    `${result.source}: ${summary(result.report)}`,
    ...renamed.map(
      ({ theirs, ours }) =>
        `${printable(theirs)} is no name of Kubernetes: it is ${ours} here, and itself again when exported`,
    ),
    ...('remarks' in result ? result.remarks : []),
    ...(lines.length > 0 ? ['ignored:', ...lines] : []),
  ];
}

const objectNames = (result: Result): string[] =>
  'objects' in result ? result.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`) : [];

/** Every leaf of every XML, a line each. */
export const reportTable = (results: readonly Result[]): string[] =>
  results.flatMap((result) => [
    `${result.source}: ${objectNames(result).join(', ') || 'refused'}`,
    ...alignColumns([['LINE', 'LEAF', 'WHAT BECAME OF IT'], ...result.report.map(row)], 2),
    ...('noXml' in result && result.noXml ? [result.error] : []),
    summary(result.report),
  ]);

/** The same for programs. */
export const reportJson = (results: readonly Result[]): string =>
  JSON.stringify(
    results.map((result) => ({
      source: result.source,
      accepted: 'objects' in result,
      objects: objectNames(result),
      ...('error' in result && { error: result.error }),
      leaves: result.report,
    })),
    undefined,
    2,
  );
