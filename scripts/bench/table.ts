import type { Measure } from './measure.ts';

const HEADER = ['', 'ours', 'baseline', 'ratio'] as const;

const cells = (it: Measure): string[] => [it.name, `${it.ours} ${it.unit}`, `${it.baseline} ${it.unit}`, `${it.ratio}`];

/** The measures as a Markdown table, aligned so that it also reads well on a terminal. */
export function table(measures: readonly Measure[]): string {
  const rows = [[...HEADER], ...measures.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(rows[0] ?? []), rule, ...rows.slice(1).map(line)].join('\n');
}
