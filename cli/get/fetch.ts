import type { ApiClient, Query } from '../../schemas/client/client.ts';
import { queryString, resourcePath } from '../../schemas/client/paths.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { NamedResource } from '../api/resources.ts';
import { TABLE_ACCEPT, type Table } from '../output/table.ts';

/** What of a resource is asked for. No namespace is all namespaces. */
export interface Scope {
  readonly resource: NamedResource;
  readonly namespace: string | undefined;
  readonly query: Query;
}

/** Objects come in pages, so that neither side holds a huge answer at once. */
const PAGE = 500;

type Page = Omit<Table, 'kind'> & { kind: string; items?: KubeObject[] };

/** An answer of a server that has no tables, as one with the name alone. */
function asTable(page: Page): Table {
  if (page.kind === 'Table') return page as Table;
  const objects = page.items ?? [page as unknown as KubeObject];
  const rows = objects.map((object) => ({ cells: [object.metadata.name], object }));
  return {
    kind: 'Table',
    columnDefinitions: [{ name: 'Name', type: 'string' }],
    rows,
    ...(page.metadata && { metadata: page.metadata }),
  };
}

const table = async (client: ApiClient, path: string): Promise<Table> =>
  asTable(await client.call<Page>('GET', path, undefined, { accept: TABLE_ACCEPT }));

export const objectTable = (client: ApiClient, { resource, namespace, query }: Scope, name: string): Promise<Table> =>
  table(client, resourcePath(resource, { namespace, name }) + queryString(query));

/** The whole list as one table, page by page. */
export async function listTable(client: ApiClient, { resource, namespace, query }: Scope): Promise<Table> {
  const path = resourcePath(resource, { namespace });
  let whole = await table(client, path + queryString({ limit: PAGE, ...query }));
  for (let next = whole.metadata?.continue; next; next = whole.metadata?.continue) {
    const page = await table(client, path + queryString({ limit: PAGE, ...query, continue: next }));
    whole = {
      ...page,
      columnDefinitions: whole.columnDefinitions,
      rows: [...(whole.rows ?? []), ...(page.rows ?? [])],
    };
  }
  return whole;
}

export async function listObjects(client: ApiClient, { resource, namespace, query }: Scope): Promise<KubeObject[]> {
  const items: KubeObject[] = [];
  let next: string | undefined;
  do {
    const page = await client.list<KubeObject>(resource, namespace, {
      query: { limit: PAGE, ...query, continue: next },
    });
    const type = {
      apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
      kind: resource.kind,
    };
    items.push(...page.items.map((item) => ({ ...type, ...item })));
    next = page.metadata.continue;
  } while (next);
  return items;
}
