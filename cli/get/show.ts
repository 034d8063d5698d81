import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import type { Selection } from '../api/lookup.ts';
import { displayName, type NamedResource } from '../api/resources.ts';
import type { Format } from '../flags.ts';
import { formatData, formatObject } from '../output/object.ts';
import { formatTable, type Table, type TableOptions } from '../output/table.ts';
import { listObjects, listTable, objectTable, type Scope } from './fetch.ts';

export interface ShowOptions {
  readonly format: Format;
  readonly allNamespaces?: boolean;
  readonly selector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly headers?: boolean;
  readonly showManagedFields?: boolean;
}

export interface Shown {
  /** Text for standard output, without the last newline; empty when there is nothing. */
  readonly text: string;
  /** Said on standard error when there is nothing. */
  readonly nothing: string;
  /** Objects that could not be had. */
  readonly errors: readonly unknown[];
}

export function scopeOf(session: Session, resource: NamedResource, options: ShowOptions): Scope {
  const namespace = resource.namespaced && !options.allNamespaces ? session.namespace : undefined;
  return { resource, namespace, query: { labelSelector: options.selector, fieldSelector: options.fieldSelector } };
}

/** What can be had of several calls, and the errors of the others. */
async function settle<T>(calls: readonly Promise<T>[]): Promise<{ values: T[]; errors: unknown[] }> {
  const results = await Promise.allSettled(calls);
  return {
    values: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    errors: results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])),
  };
}

export const tableOptions = (resource: NamedResource, options: ShowOptions, several: boolean): TableOptions => ({
  wide: options.format === 'wide',
  namespaces: options.allNamespaces === true && resource.namespaced,
  headers: options.headers !== false,
  prefix: several ? displayName(resource, '') : '',
});

const merge = (tables: readonly Table[]): Table | undefined => {
  const [first] = tables;
  return first && { ...first, rows: tables.flatMap((table) => table.rows ?? []) };
};

async function showTables(session: Session, selections: readonly Selection[], options: ShowOptions): Promise<Shown> {
  const parts = await Promise.all(
    selections.map(async ({ resource, names }) => {
      const scope = scopeOf(session, resource, options);
      const calls =
        names.length === 0
          ? [listTable(session.client, scope)]
          : names.map((name) => objectTable(session.client, scope, name));
      return { resource, ...(await settle(calls)) };
    }),
  );
  const blocks = parts.flatMap(({ resource, values }) => {
    const whole = merge(values);
    if (!whole || (whole.rows ?? []).length === 0) return [];
    return [formatTable(whole, tableOptions(resource, options, selections.length > 1)).join('\n')];
  });
  return {
    text: blocks.join('\n\n'),
    nothing: nothingIn(session, selections, options),
    errors: parts.flatMap((part) => part.errors),
  };
}

function nothingIn(session: Session, selections: readonly Selection[], options: ShowOptions): string {
  const scoped = !options.allNamespaces && selections.some(({ resource }) => resource.namespaced);
  return scoped ? `No resources found in ${session.namespace} namespace.` : 'No resources found.';
}

/** Who manages which field is of interest to few, and longer than the object. */
function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  return { ...object, metadata };
}

interface Item {
  readonly resource: NamedResource;
  readonly object: KubeObject;
}

async function showObjects(session: Session, selections: readonly Selection[], options: ShowOptions): Promise<Shown> {
  const calls = selections.flatMap(({ resource, names }): Promise<Item[]>[] => {
    const scope = scopeOf(session, resource, options);
    const item = (object: KubeObject): Item => ({
      resource,
      object: options.showManagedFields ? object : withoutManagers(object),
    });
    if (names.length === 0) return [listObjects(session.client, scope).then((list) => list.map(item))];
    return names.map(async (name) => [item(await session.client.get(resource, { namespace: scope.namespace, name }))]);
  });
  const { values, errors } = await settle(calls);
  const [items, asked] = [values.flat(), selections.flatMap(({ names }) => names).length];
  const text =
    items.length === 0 && asked > 0
      ? ''
      : await formatItems(items, asked === 1 && selections.length === 1, options.format);
  return { text, nothing: options.format === 'name' ? nothingIn(session, selections, options) : '', errors };
}

async function formatItems(items: readonly Item[], single: boolean, format: Format): Promise<string> {
  if (format === 'name')
    return (await Promise.all(items.map(({ object, resource }) => formatObject(object, resource, 'name')))).join('\n');
  const data = format === 'json' ? 'json' : 'yaml';
  const [first] = items;
  if (single && first) return formatData(first.object, data);
  return formatData(
    { apiVersion: 'v1', items: items.map(({ object }) => object), kind: 'List', metadata: { resourceVersion: '' } },
    data,
  );
}

/** Objects as text: the server's tables, or the objects themselves. */
export const show = (session: Session, selections: readonly Selection[], options: ShowOptions): Promise<Shown> =>
  options.format === 'table' || options.format === 'wide'
    ? showTables(session, selections, options)
    : showObjects(session, selections, options);
