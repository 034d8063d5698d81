import type { Resource } from '../../types.ts';
import { boolean, builtin, condition, int32, kindSchema, listByKey, object, string } from './kit.ts';

const service = object('The service that serves this version; none where the API server itself does.', {
  name: string('Name of the service.'),
  namespace: string('Namespace of the service.'),
  port: int32('Port; 443 by default.'),
});

const spec = object(
  'Where the version is served.',
  {
    caBundle: string('Certificates to verify the server with, PEM in base64.', { format: 'byte' }),
    group: string('API group.'),
    groupPriorityMinimum: int32('Priority of the group; higher comes first.'),
    insecureSkipTLSVerify: boolean('Whether certificates are not verified.'),
    service,
    version: string('API version.'),
    versionPriority: int32('Order of versions within the group.'),
  },
  ['groupPriorityMinimum', 'versionPriority'],
);

export const apiServiceResource: Resource = builtin({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  namespaced: false,
  subresources: { status: true },
  verbs: ['get', 'list'],
  schema: kindSchema('APIService represents a server for one group and version.', {
    spec,
    status: object('Whether it is available.', {
      conditions: listByKey('What is known of its state.', 'type', condition('One condition.')),
    }),
  }),
});
