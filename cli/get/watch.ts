import { queryString, resourcePath } from '../../schemas/client/paths.ts';
import { ensureOk } from '../../schemas/client/transport.ts';
import { watchEvents } from '../../schemas/client/watch.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import type { NamedResource } from '../api/resources.ts';
import { formatData, formatObject } from '../output/object.ts';
import { line, TABLE_ACCEPT, type Table, tableHeader, tableRows, widen } from '../output/table.ts';
import { listTable } from './fetch.ts';
import { type ShowOptions, scopeOf, tableOptions } from './show.ts';

/** Columns of a stream keep the widths they have had, since lines that were printed stay. */
function columnPrinter(): (cells: readonly string[]) => string {
  const widths: number[] = [];
  return (cells) => {
    widen(widths, cells);
    return line(cells, widths);
  };
}

const isTable = (format: ShowOptions['format']): boolean => format === 'table' || format === 'wide';

type Printer = (object: KubeObject | Table) => Promise<string[]>;

function printer(resource: NamedResource, options: ShowOptions): Printer {
  const settings = tableOptions(resource, options, false);
  const print = columnPrinter();
  let columns: Table['columnDefinitions'] = null;
  let headed = options.headers === false;
  return async (object) => {
    if (object.kind !== 'Table') {
      const format = options.format === 'json' || options.format === 'name' ? options.format : 'yaml';
      const text =
        format === 'name'
          ? await formatObject(object as KubeObject, resource, 'name')
          : await formatData(object, format);
      return format === 'yaml' ? ['---', text] : [text];
    }
    const table = object as Table;
    columns = table.columnDefinitions ?? columns;
    const rows = tableRows(table.rows ?? [], columns ?? [], settings);
    const lines = headed || rows.length === 0 ? rows : [tableHeader(columns ?? [], settings), ...rows];
    headed ||= rows.length > 0;
    return lines.map(print);
  };
}

/** Lines for what there is and then for every change, until the signal or the server ends it. */
export async function* follow(
  session: Session,
  resource: NamedResource,
  options: ShowOptions,
  signal: AbortSignal,
): AsyncIterable<string> {
  const scope = scopeOf(session, resource, options);
  const print = printer(resource, options);
  const first = await listTable(session.client, scope);
  if (isTable(options.format)) yield* await print(first);
  else
    for (const { object } of first.rows ?? []) yield* await print(await session.client.get(resource, object.metadata));
  const query = { ...scope.query, watch: true, resourceVersion: first.metadata?.resourceVersion };
  const headers = isTable(options.format) ? { headers: { accept: TABLE_ACCEPT } } : {};
  const path = resourcePath(resource, { namespace: scope.namespace }) + queryString(query);
  const response = await session.client.transport.open({ method: 'GET', path, signal, ...headers });
  for await (const event of watchEvents(await ensureOk(response))) {
    if (event.type !== 'BOOKMARK') yield* await print(event.object);
  }
}
