import type { Leaf } from '../../analyser/index.ts';
import { alignColumns, printable } from '../output/table.ts';

const SHOWN = ['refused', 'ignored'] as const;

const where = ({ xpath, line, value }: Leaf): string[] => [
  `  line ${line}`,
  `${xpath}${value === '' ? '' : ` = ${JSON.stringify(value)}`}`,
];

/** What became of the input: counts, and every leaf that has no effect with the reason. */
export function importReport(report: readonly Leaf[]): string[] {
  const count = (outcome: Leaf['outcome']): number => report.filter((leaf) => leaf.outcome === outcome).length;
  const summary = `${count('imported')} imported, ${count('default')} as they are by default, ${count('ignored')} ignored, ${count('refused')} refused`;
  const sections = SHOWN.flatMap((outcome) => {
    const rows = report.filter((leaf) => leaf.outcome === outcome).map((leaf) => [...where(leaf), leaf.reason ?? '']);
    return rows.length === 0
      ? []
      : [
          `${outcome}:`,
          ...alignColumns(
            rows.map((row) => row.map(printable)),
            2,
          ),
        ];
  });
  return [summary, ...sections];
}
