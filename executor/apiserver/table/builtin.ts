import type { KubeObject } from '../types.ts';
import { nameColumn, type TableColumn } from './column.ts';
import { age } from './duration.ts';
import { jsonPath } from './jsonpath.ts';

type Cell = TableColumn['cell'];

const column = (name: string, cell: Cell, priority = 0, type = 'string'): TableColumn => ({
  name,
  type,
  priority,
  cell,
});

const at =
  (path: string, fallback: string | null = '<none>'): Cell =>
  (object) => {
    const [value] = jsonPath(object, path);
    return value === undefined || value === null || value === '' ? fallback : String(value);
  };

const since =
  (path: string): Cell =>
  (object, now) =>
    age(jsonPath(object, path)[0], now) ?? '<unknown>';

const ageColumn = column('Age', since('.metadata.creationTimestamp'));

const size = (value: unknown): number =>
  Array.isArray(value) ? value.length : typeof value === 'object' && value !== null ? Object.keys(value).length : 0;

const data: Cell = (object) => size(object['data']) + size(object['binaryData']);

/** The order of the first place that tells when an event was last seen. */
const seen = [
  '.series.lastObservedTime',
  '.lastTimestamp',
  '.deprecatedLastTimestamp',
  '.eventTime',
  '.firstTimestamp',
];

const lastSeen: Cell = (object, now) =>
  age(seen.flatMap((path) => jsonPath(object, path)).find(Boolean), now) ?? '<unknown>';

const eventColumns = (involved: string, message: string, count: string): TableColumn[] => [
  column('Last Seen', lastSeen),
  column('Type', at('.type', '')),
  column('Reason', at('.reason', '')),
  column('Object', (object) => objectName(jsonPath(object, involved)[0])),
  column('Subobject', at(`${involved}.fieldPath`, ''), 1),
  column('Source', (object) => source(object), 1),
  column('Message', (object) => String(jsonPath(object, message)[0] ?? '').trim()),
  column('First Seen', (object, now) => firstSeen(object, now), 1),
  column('Count', (object) => jsonPath(object, '.series.count')[0] ?? jsonPath(object, count)[0] ?? 1, 1),
  { ...nameColumn, priority: 1 },
];

function objectName(involved: unknown): string {
  const { kind = '', name = '' } = (involved ?? {}) as { kind?: string; name?: string };
  return `${kind.toLowerCase()}/${name}`;
}

function source(object: KubeObject): string {
  const [from] = [...jsonPath(object, '.source'), ...jsonPath(object, '.deprecatedSource')];
  const { component, host } = (from ?? {}) as { component?: string; host?: string };
  const reporter = jsonPath(object, '.reportingComponent')[0] ?? jsonPath(object, '.reportingController')[0] ?? '';
  return [component || String(reporter), host].filter(Boolean).join(', ');
}

const firstSeen = (object: KubeObject, now: number): string =>
  age(
    [
      ...jsonPath(object, '.firstTimestamp'),
      ...jsonPath(object, '.deprecatedFirstTimestamp'),
      ...jsonPath(object, '.eventTime'),
    ].find(Boolean),
    now,
  ) ?? '<unknown>';

const roleLabel = 'node-role.kubernetes.io/';

function nodeStatus(object: KubeObject): string {
  const ready = jsonPath(object, '.status.conditions[?(@.type=="Ready")].status')[0];
  const state = ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady';
  return jsonPath(object, '.spec.unschedulable')[0] === true ? `${state},SchedulingDisabled` : state;
}

const roles: Cell = (object) => {
  const labels = Object.keys(object.metadata.labels ?? {}).filter((label) => label.startsWith(roleLabel));
  return (
    labels
      .map((label) => label.slice(roleLabel.length))
      .sort()
      .join(',') || '<none>'
  );
};

const nodeColumns = [
  nameColumn,
  column('Status', nodeStatus),
  column('Roles', roles),
  ageColumn,
  column('Version', at('.status.nodeInfo.kubeletVersion', '')),
  column('Internal-IP', at('.status.addresses[?(@.type=="InternalIP")].address'), 1),
  column('External-IP', at('.status.addresses[?(@.type=="ExternalIP")].address'), 1),
  column('OS-Image', at('.status.nodeInfo.osImage', '<unknown>'), 1),
  column('Kernel-Version', at('.status.nodeInfo.kernelVersion', '<unknown>'), 1),
  column('Container-Runtime', at('.status.nodeInfo.containerRuntimeVersion', '<unknown>'), 1),
];

function apiService(object: KubeObject): string {
  const [service] = jsonPath(object, '.spec.service') as { name: string; namespace: string }[];
  return service ? `${service.namespace}/${service.name}` : 'Local';
}

/**
 * What `kubectl get` prints of the built-in kinds, where it is more than a path.
 * Source: k8s.io/kubernetes `pkg/printers/internalversion`.
 */
export const builtinColumns: Record<string, TableColumn[]> = {
  namespaces: [nameColumn, column('Status', at('.status.phase', '')), ageColumn],
  configmaps: [nameColumn, column('Data', data), ageColumn],
  secrets: [nameColumn, column('Type', at('.type')), column('Data', data), ageColumn],
  serviceaccounts: [nameColumn, column('Secrets', (object) => size(object['secrets'])), ageColumn],
  nodes: nodeColumns,
  events: eventColumns('.involvedObject', '.message', '.count'),
  'events.events.k8s.io': eventColumns('.regarding', '.note', '.deprecatedCount'),
  'leases.coordination.k8s.io': [nameColumn, column('Holder', at('.spec.holderIdentity', '')), ageColumn],
  'customresourcedefinitions.apiextensions.k8s.io': [
    nameColumn,
    column('Created At', at('.metadata.creationTimestamp'), 0, 'date'),
  ],
  'apiservices.apiregistration.k8s.io': [
    nameColumn,
    column('Service', apiService),
    column('Available', at('.status.conditions[?(@.type=="Available")].status', 'Unknown')),
    ageColumn,
  ],
};
