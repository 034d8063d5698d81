import type { KubeObject, PrinterColumn } from '../types.ts';

/** One column: its definition, and how an object fills it. */
export interface TableColumn extends Omit<PrinterColumn, 'jsonPath'> {
  /** @param now milliseconds */
  cell(object: KubeObject, now: number): unknown;
}

export const nameColumn: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  cell: (object) => object.metadata.name,
};
