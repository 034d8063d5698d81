import type { Column } from '../../schemas/kinds/define.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { DANGEROUS } from '../../schemas/types/untrusted.ts';

/** meta.k8s.io/v1 Table: columns are the server's. */
export interface Table {
  readonly kind: 'Table';
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly columnDefinitions: readonly Pick<Column, 'name' | 'type' | 'priority'>[] | null;
  readonly rows: readonly Row[] | null;
}

export interface Row {
  readonly cells: readonly unknown[];
  readonly object: KubeObject;
}

/** Asks for a table, and takes plain JSON from servers that have none. */
export const TABLE_ACCEPT = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

const GAP = 3;

/** Text that cannot move the cursor or start a line of its own: objects come from others. */
export const printable = (text: string): string => text.replace(DANGEROUS, (c) => (c === '\n' ? '\\n' : escaped(c)));

const escaped = (character: string): string => {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
};

/** What has no value is blank, as kubectl shows it. */
const cellText = (cell: unknown): string =>
  cell === null || cell === undefined ? '' : printable(typeof cell === 'object' ? JSON.stringify(cell) : String(cell));

/** Raises the widths to what the cells need. */
export function widen(widths: number[], cells: readonly string[]): void {
  for (const [i, cell] of cells.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
}

/** One line; the last cell is not padded. */
export const line = (cells: readonly string[], widths: readonly number[], gap = GAP): string =>
  cells
    .map((cell, i) => cell.padEnd((widths[i] ?? 0) + gap))
    .join('')
    .trimEnd();

/** Columns that line up, three spaces apart as kubectl's. */
export function alignColumns(rows: readonly (readonly string[])[], gap = GAP): string[] {
  const widths: number[] = [];
  for (const row of rows) widen(widths, row);
  return rows.map((row) => line(row, widths, gap));
}

export interface TableOptions {
  /** Columns of priority 1 too. */
  readonly wide?: boolean;
  readonly namespaces?: boolean;
  readonly headers?: boolean;
  /** Before each name, where several kinds are shown. */
  readonly prefix?: string;
}

type Definitions = NonNullable<Table['columnDefinitions']>;

export function tableRows(rows: readonly Row[], columns: Definitions, options: TableOptions): string[][] {
  const shown = columns.flatMap((column, i) => (options.wide || !column.priority ? [i] : []));
  return rows.map(({ cells, object }) => [
    ...(options.namespaces ? [object.metadata.namespace ?? ''] : []),
    ...shown.map((i) => (columns[i]?.name === 'Name' ? (options.prefix ?? '') : '') + cellText(cells[i])),
  ]);
}

export function tableHeader(columns: Definitions, options: TableOptions): string[] {
  const shown = columns.filter((column) => options.wide || !column.priority).map((column) => column.name.toUpperCase());
  return options.namespaces ? ['NAMESPACE', ...shown] : shown;
}

/** The lines of a server's table. */
export function formatTable(table: Table, options: TableOptions = {}): string[] {
  const columns = table.columnDefinitions ?? [];
  const header = options.headers === false ? [] : [tableHeader(columns, options)];
  return alignColumns([...header, ...tableRows(table.rows ?? [], columns, options)]);
}
