import type { Condition } from '../../schemas/types/condition.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { since } from '../duration.ts';
import { alignColumns, printable } from '../output/table.ts';
import { describeEvents, type Event } from './events.ts';
import { tree } from './tree.ts';

const pairs = (map: Record<string, string> | undefined, sign: string): string[] => {
  const entries = Object.entries(map ?? {}).filter(
    ([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration',
  );
  return entries.length === 0 ? ['<none>'] : entries.map(([key, value]) => printable(`${key}${sign}${value}`));
};

function head({ apiVersion, kind, metadata }: KubeObject): string[] {
  const { name, namespace, labels, annotations, creationTimestamp, deletionTimestamp, ownerReferences } = metadata;
  const owner = ownerReferences?.find((it) => it.controller) ?? ownerReferences?.[0];
  const rows: [string, string[]][] = [
    ['Name', [name]],
    ...(namespace === undefined ? [] : [['Namespace', [namespace]] as [string, string[]]]),
    ['Labels', pairs(labels, '=')],
    ['Annotations', pairs(annotations, ': ')],
    ['API Version', [apiVersion]],
    ['Kind', [kind]],
    ['Created', [`${creationTimestamp ?? '<unknown>'} (${since(creationTimestamp)} ago)`]],
    ...(deletionTimestamp === undefined
      ? []
      : [['Deleting', [`since ${since(deletionTimestamp)}`]] as [string, string[]]]),
    ...(owner === undefined ? [] : [['Controlled By', [`${owner.kind}/${owner.name}`]] as [string, string[]]]),
  ];
  return alignColumns(
    rows.flatMap(([key, values]) => values.map((value, i) => [i === 0 ? `${key}:` : '', value])),
    2,
  );
}

function conditionTable(conditions: readonly Condition[]): string[] {
  const rows = conditions.map((it) => [
    `  ${it.type}`,
    it.status,
    it.reason,
    since(it.lastTransitionTime),
    printable(it.message),
  ]);
  return ['Conditions:', ...alignColumns([['  Type', 'Status', 'Reason', 'Since', 'Message'], ...rows], 2)];
}

interface Described extends KubeObject {
  readonly spec?: object;
  readonly status?: { readonly conditions?: Condition[] };
}

/** All that a person wants to know of an object: what it is, what it should be, what it was seen to be, what happened. */
export function describe(object: KubeObject, events: readonly Event[]): string {
  const { apiVersion: _a, kind: _k, metadata: _m, spec, status, ...others } = object as Described;
  const { conditions = [], ...observed } = status ?? {};
  const section = (title: string, value: object | undefined) =>
    value === undefined || Object.keys(value).length === 0 ? [] : [`${title}:`, ...tree(value, 1)];
  return [
    ...head(object),
    ...tree(others),
    ...section('Spec', spec),
    ...section('Status', observed),
    ...(conditions.length > 0 ? conditionTable(conditions) : []),
    ...describeEvents(events),
  ].join('\n');
}
