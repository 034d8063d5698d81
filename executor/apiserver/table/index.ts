import { apiVersionOf } from '../codec.ts';
import type { Served } from '../registry.ts';
import type { KubeObject, PrinterColumn } from '../types.ts';
import { builtinColumns } from './builtin.ts';
import { nameColumn, type TableColumn } from './column.ts';
import { age } from './duration.ts';
import { jsonPath } from './jsonpath.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** The column of a custom resource that declares none. */
const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** Name, then what the kind declares. */
export function columnsOf(served: Served): TableColumn[] {
  const builtin = builtinColumns[served.resource];
  if (builtin) return builtin;
  const declared = served.columns.length > 0 ? served.columns : [ageColumn];
  return [
    nameColumn,
    ...declared.filter((c) => c.name !== 'Name' || c.jsonPath !== '.metadata.name').map(declaredColumn),
  ];
}

function declaredColumn({ jsonPath: path, ...column }: PrinterColumn): TableColumn {
  return { ...column, cell: (object, now) => cellOf(column.type, jsonPath(object, path), now) };
}

/** Source: apiextensions-apiserver `tableconvertor`. */
function cellOf(type: string, found: unknown[], now: number): unknown {
  const [value] = found;
  if (found.length === 0 || value === undefined || value === null) return null;
  if (type === 'string') return found.map((v) => (typeof v === 'object' ? JSON.stringify(v) : String(v))).join(' ');
  if (type === 'date') return age(value, now) ?? '<invalid>';
  if (type === 'integer') return typeof value === 'number' ? Math.trunc(value) : null;
  if (type === 'number') return typeof value === 'number' ? value : null;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  return null;
}

/** The head of a meta/v1 Table: `columnDefinitions`. */
export const columnDefinitions = (columns: readonly TableColumn[]): unknown[] =>
  columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
    name,
    type,
    format,
    description: description || descriptionOf(name),
    priority,
  }));

const descriptionOf = (name: string): string => `Custom resource definition column: ${name}`;

export function tableRow(
  columns: readonly TableColumn[],
  object: KubeObject,
  now: number,
  include: IncludeObject,
): Record<string, unknown> {
  const cells = columns.map((column) => column.cell(object, now));
  return { cells, object: { None: null, Metadata: partialMetadata(object), Object: object }[include] };
}

export const partialMetadata = ({ metadata }: KubeObject): Record<string, unknown> => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});

/** The kind of a list of these. */
export const listHead = (served: Served): { kind: string; apiVersion: string } => ({
  kind: served.listKind,
  apiVersion: apiVersionOf(served),
});
