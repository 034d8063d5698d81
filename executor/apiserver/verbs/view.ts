import type { Call } from '../call.ts';
import { decode, encode } from '../codec.ts';
import { badRequest } from '../status-error.ts';
import type { Row } from '../store/objects.ts';
import {
  columnDefinitions,
  columnsOf,
  type IncludeObject,
  listHead,
  partialMetadata,
  tableRow,
} from '../table/index.ts';
import type { KubeObject } from '../types.ts';

type Stored = Pick<Row, 'schema' | 'data'>;

/** How one request wants its objects: alone, in a list, and in a watch event. All JSON text. */
export interface Renderer {
  one(object: KubeObject): string;
  /** An element of a list. `object` is given where a selector has parsed it already. */
  item(row: Stored, object?: KubeObject): string;
  /** What stands before and after a list's elements. */
  list: { open: string; close(metadata: object): string };
  /** An object inside a watch event. */
  event(row: Stored, object?: KubeObject): string;
}

export function renderer(call: Call): Renderer {
  return { Object: objects, Table: tables, PartialObjectMetadata: partials }[call.view.as](call);
}

const listOf = (head: object, member: string) => ({
  open: `${JSON.stringify(head).slice(0, -1)},"${member}":[`,
  close: (metadata: object) => `],"metadata":${JSON.stringify(metadata)}}\n`,
});

function objects({ served }: Call): Renderer {
  const item = (row: Stored) => encode(served, row);
  const { open, close } = listOf(listHead(served), 'items');
  // Lists of custom resources always say whether they go on.
  const list = { open, close: (metadata: object) => close(served.builtin ? metadata : { continue: '', ...metadata }) };
  return { one: (object) => JSON.stringify(object), item, list, event: item };
}

function partials({ served }: Call): Renderer {
  const one = (object: KubeObject) => JSON.stringify(partialMetadata(object));
  const item = (row: Stored, object = decode(served, row)) => one(object);
  const head = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
  return { one, item, list: listOf(head, 'items'), event: item };
}

const tableHead = { kind: 'Table', apiVersion: 'meta.k8s.io/v1' };

function tables({ served, query, api }: Call): Renderer {
  const columns = columnsOf(served);
  const include = includeObject(query);
  const definitions = { columnDefinitions: columnDefinitions(columns) };
  const row = (object: KubeObject) => tableRow(columns, object, api.now().getTime(), include);
  const item = (stored: Stored, object = decode(served, stored)) => JSON.stringify(row(object));
  const table = (object: KubeObject, head: object) => {
    const { resourceVersion } = object.metadata;
    return JSON.stringify({ ...tableHead, metadata: { resourceVersion }, ...head, rows: [row(object)] });
  };
  let first = true;
  const event = (stored: Stored, object = decode(served, stored)) => {
    // The columns come once in a watch; a real server leaves them null in what follows.
    const head = first ? definitions : { columnDefinitions: null };
    first = false;
    return table(object, head);
  };
  const one = (object: KubeObject) => table(object, definitions);
  return { one, item, list: listOf({ ...tableHead, ...definitions }, 'rows'), event };
}

function includeObject(query: URLSearchParams): IncludeObject {
  const asked = query.get('includeObject') || 'Metadata';
  if (asked === 'None' || asked === 'Metadata' || asked === 'Object') return asked;
  const why = `Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw badRequest(`Unable to convert to Table as requested: includeObject: ${why}`);
}
