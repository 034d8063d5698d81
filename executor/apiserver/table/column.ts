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
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  cell: (object) => object.metadata.name,
};
