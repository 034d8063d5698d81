import type { Resource } from '../../types.ts';
import {
  anything,
  atomicList,
  boolean,
  builtin,
  condition,
  int64,
  kindSchema,
  listByKey,
  mapOf,
  object,
  quantity,
  setOf,
  string,
  time,
} from './kit.ts';

const taint = object(
  'Repels what does not tolerate it.',
  {
    effect: string('NoSchedule, PreferNoSchedule or NoExecute.'),
    key: string('Taint key.'),
    timeAdded: time('When the taint was added.'),
    value: string('Taint value.'),
  },
  ['key', 'effect'],
);

const address = object(
  'One address of the node.',
  { address: string('The address.'), type: string('Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.') },
  ['type', 'address'],
);

const image = object('One container image.', {
  names: atomicList('Names by which the image is known.', string('Name.')),
  sizeBytes: int64('Size in bytes.'),
});

const nodeInfo = object(
  'Identifies the node to tools.',
  Object.fromEntries(
    [
      ['architecture', 'Architecture of the node.'],
      ['bootID', 'Boot ID of the node.'],
      ['containerRuntimeVersion', 'Container runtime and its version.'],
      ['kernelVersion', 'Kernel version.'],
      ['kubeProxyVersion', 'Deprecated.'],
      ['kubeletVersion', 'Version of the node agent.'],
      ['machineID', 'Machine ID of the node.'],
      ['operatingSystem', 'Operating system.'],
      ['osImage', 'Operating system image, from /etc/os-release.'],
      ['systemUUID', 'System UUID of the node.'],
    ].map(([name = '', description = '']) => [name, string(description)]),
  ),
);

const conditions = condition('One condition of the node.', {
  lastHeartbeatTime: time('When the condition was last confirmed.'),
});

const status = object('Most recently observed status of the node.', {
  addresses: listByKey('Addresses at which the node is reachable.', 'type', address),
  allocatable: mapOf('Resources that are free for scheduling.', quantity('Amount.')),
  capacity: mapOf('All the resources of the node.', quantity('Amount.')),
  conditions: listByKey('What is known of its state.', 'type', conditions),
  config: anything('Deprecated.'),
  daemonEndpoints: anything('Ports of the daemons on the node.'),
  features: anything('Features of the node.'),
  images: atomicList('Container images on the node.', image),
  nodeInfo,
  phase: string('Deprecated.'),
  runtimeHandlers: atomicList('Runtime handlers that the node offers.', anything('One handler.')),
  volumesAttached: atomicList('Volumes attached to the node.', anything('One volume.')),
  volumesInUse: atomicList('Volumes in use by the node.', string('Name.')),
});

const schema = kindSchema('Node is a host that runs machines.', {
  spec: object('Behaviour of the node.', {
    configSource: anything('Deprecated.'),
    externalID: string('Deprecated.'),
    podCIDR: string('Address range of the pods on the node.'),
    podCIDRs: setOf('Address ranges of the pods on the node.', string('Range.')),
    providerID: string('ID of the node at its cloud provider.'),
    taints: atomicList('Taints of the node.', taint),
    unschedulable: boolean('Whether new work stays away. By default, nodes take work.'),
  }),
  status,
});

export const nodeResource: Resource = builtin({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  subresources: { status: true },
  selectableFields: ['.spec.unschedulable'],
  schema,
});
