import type { Scenarios, Session } from '../scenario.ts';
import { PATCHES, versionOf } from './objects.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

const of = ({ namespace }: Session, plural: string, rest = ''): string =>
  `/api/v1/namespaces/${namespace}/${plural}${rest && !rest.startsWith('?') ? `/${rest}` : rest}`;

const core = (kind: string, name: string, more: object = {}): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...more,
});

const event = (session: Session, name: string, more: object = {}): Record<string, unknown> =>
  core('Event', name, {
    metadata: { name, namespace: session.namespace },
    involvedObject: {
      kind: 'VirtualMachine',
      namespace: session.namespace,
      name: 'web',
      apiVersion: 'vmctl.dev/v1alpha1',
    },
    reason: 'Started',
    message: 'It runs.',
    type: 'Normal',
    source: { component: 'vm-executor', host: 'n1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 1,
    ...more,
  });

/** The kinds of Kubernetes itself that the embedded API has. */
export const coreKinds: Scenarios = {
  'config maps': async (session) => {
    const { send } = session;
    const path = of(session, 'configmaps');
    await send('create', { method: 'POST', path, body: core('ConfigMap', 'a', { data: { a: '1' } }) });
    await send('create again', { method: 'POST', path, body: core('ConfigMap', 'a') });
    await send('bad key', { method: 'POST', path, body: core('ConfigMap', 'b', { data: { 'a b': '1' } }) });
    await send('bad name', { method: 'POST', path, body: core('ConfigMap', 'B_') });
    await send('value is a number', { method: 'POST', path, body: core('ConfigMap', 'b', { data: { a: 1 } }) });
    await send('both kinds of data', {
      method: 'POST',
      path,
      body: core('ConfigMap', 'b', { data: { a: '1' }, binaryData: { a: 'YQ==' } }),
    });
    await send('not base64', { method: 'POST', path, body: core('ConfigMap', 'b', { binaryData: { a: '?' } }) });
    await send('immutable', {
      method: 'POST',
      path,
      body: core('ConfigMap', 'i', { data: { a: '1' }, immutable: true }),
    });
    const patch = (step: string, name: string, body: unknown, type: string = PATCHES.merge) =>
      send(step, { method: 'PATCH', path: of(session, 'configmaps', name), type, body });
    await patch('change the immutable', 'i', { data: { a: '2' } });
    await patch('make it mutable', 'i', { immutable: false });
    await patch('strategic', 'a', { data: { b: '2', a: null } }, PATCHES.strategic);
    await patch('strategic, replace', 'a', { data: { $patch: 'replace', c: '3' } }, PATCHES.strategic);
    await patch('json', 'a', [{ op: 'add', path: '/data/d', value: '4' }], PATCHES.json);
    await send('get', { path: of(session, 'configmaps', 'a') });
    await send('list', { path: of(session, 'configmaps', '?labelSelector=none') });
    await send('table', { path: of(session, 'configmaps', '?fieldSelector=metadata.name%3Da'), accept: TABLE });
    await send('bad field', { path: of(session, 'configmaps', '?fieldSelector=data.a%3D1') });
    await send('delete', { method: 'DELETE', path: of(session, 'configmaps', 'a') });
    await send('delete again', { method: 'DELETE', path: of(session, 'configmaps', 'a') });
  },

  secrets: async (session) => {
    const { send } = session;
    const path = of(session, 'secrets');
    await send('create', {
      method: 'POST',
      path,
      body: core('Secret', 'a', { stringData: { a: 'x' }, data: { b: 'eA==' } }),
    });
    await send('of a type', { method: 'POST', path, body: core('Secret', 't', { type: 'vmctl.dev/x', data: {} }) });
    await send('basic auth of nothing', {
      method: 'POST',
      path,
      body: core('Secret', 'b', { type: 'kubernetes.io/basic-auth' }),
    });
    await send('tls of nothing', { method: 'POST', path, body: core('Secret', 'b', { type: 'kubernetes.io/tls' }) });
    await send('ssh of nothing', {
      method: 'POST',
      path,
      body: core('Secret', 'b', { type: 'kubernetes.io/ssh-auth' }),
    });
    await send('not base64', { method: 'POST', path, body: core('Secret', 'b', { data: { a: '?' } }) });
    await send('bad key', { method: 'POST', path, body: core('Secret', 'b', { data: { 'a b': 'eA==' } }) });
    const patch = (step: string, body: unknown) =>
      send(step, { method: 'PATCH', path: of(session, 'secrets', 'a'), type: PATCHES.merge, body });
    await patch('other type', { type: 'vmctl.dev/y' });
    await patch('string data', { stringData: { a: 'y' } });
    await patch('immutable', { immutable: true });
    await patch('change', { data: { b: 'eQ==' } });
    await send('table', { path: of(session, 'secrets', '?fieldSelector=metadata.name%3Da'), accept: TABLE });
    await send('by type', { path: of(session, 'secrets', '?fieldSelector=type%3Dvmctl.dev/x') });
  },

  namespaces: async (session) => {
    const { send } = session;
    const name = `${session.namespace}-more`;
    const at = `/api/v1/namespaces/${name}`;
    await send('create', { method: 'POST', path: '/api/v1/namespaces', body: core('Namespace', name) });
    await send('create again', { method: 'POST', path: '/api/v1/namespaces', body: core('Namespace', name) });
    await send('bad name', { method: 'POST', path: '/api/v1/namespaces', body: core('Namespace', 'A.b') });
    await send('get', { path: at });
    await send('label', { method: 'PATCH', path: at, type: PATCHES.merge, body: { metadata: { labels: { a: 'b' } } } });
    await send('strategic', {
      method: 'PATCH',
      path: at,
      type: PATCHES.strategic,
      body: { metadata: { labels: { c: 'd' } } },
    });
    await send('table', { path: `/api/v1/namespaces?fieldSelector=metadata.name%3D${name}`, accept: TABLE });
    await send('by phase', { path: `/api/v1/namespaces?fieldSelector=status.phase%3DActive,metadata.name%3D${name}` });
    await send('content', {
      method: 'POST',
      path: `${at}/configmaps`,
      body: core('ConfigMap', 'a', { metadata: { name: 'a', finalizers: ['vmctl.dev/a'] } }),
    });
    const watching = await session.watch(
      'until it is gone',
      `/api/v1/namespaces?watch=1&fieldSelector=metadata.name%3D${name}`,
    );
    await watching.take(1);
    const contents = await session.watch(
      'content goes too',
      `${at}/configmaps?watch=1&fieldSelector=metadata.name%3Da`,
    );
    await contents.take(1);
    await send('delete', { method: 'DELETE', path: at });
    await send('create in a namespace that goes', {
      method: 'POST',
      path: `${at}/configmaps`,
      body: core('ConfigMap', 'b'),
    });
    await contents.take(1);
    contents.close();
    await send('release', {
      method: 'PATCH',
      path: `${at}/configmaps/a`,
      type: PATCHES.merge,
      body: { metadata: { finalizers: null } },
    });
    watching.close();
    await send('delete default', { method: 'DELETE', path: '/api/v1/namespaces/default?dryRun=All' });
    await send('delete kube-system', { method: 'DELETE', path: '/api/v1/namespaces/kube-system?dryRun=All' });
    await send('delete them all', { method: 'DELETE', path: '/api/v1/namespaces' });
    await send('delete none', { method: 'DELETE', path: '/api/v1/namespaces/none' });
  },

  events: async (session) => {
    const { send } = session;
    const path = of(session, 'events');
    await send('create', { method: 'POST', path, body: event(session, 'a.1') });
    await send('bad type', { method: 'POST', path, body: event(session, 'a.2', { type: 'Odd', reason: '' }) });
    await send('other namespace', {
      method: 'POST',
      path,
      body: event(session, 'a.3', { involvedObject: { kind: 'Node', namespace: 'elsewhere' } }),
    });
    await send('of nothing', { method: 'POST', path, body: core('Event', 'a.4') });
    await send('count', {
      method: 'PATCH',
      path: of(session, 'events', 'a.1'),
      type: PATCHES.strategic,
      body: { count: 2 },
    });
    await send('table', { path, accept: TABLE });
    for (const field of [
      'involvedObject.name%3Dweb',
      'involvedObject.kind%3DNode',
      'reason%3DStarted',
      'type%21%3DNormal',
      'source%3Dvm-executor',
      'involvedObject.uid%3D',
      'message%3Dx',
    ]) {
      await send(field, { path: of(session, 'events', `?fieldSelector=${field}`) });
    }
    const newer = `/apis/events.k8s.io/v1/namespaces/${session.namespace}/events`;
    await send('the same in events.k8s.io', { path: `${newer}/a.1` });
    await send('new form', {
      method: 'POST',
      path: newer,
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'b.1' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        action: 'Start',
        reportingController: 'vmctl.dev/executor',
        reportingInstance: 'n1',
        reason: 'Started',
        note: 'It runs.',
        type: 'Normal',
        regarding: { kind: 'VirtualMachine', namespace: session.namespace, name: 'web' },
      },
    });
    await send('new form, not whole', {
      method: 'POST',
      path: newer,
      body: { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'b.2' } },
    });
    await send('the new one in v1', { path: of(session, 'events', 'b.1') });
  },

  leases: async (session) => {
    const { send } = session;
    const path = `/apis/coordination.k8s.io/v1/namespaces/${session.namespace}/leases`;
    const lease = (name: string, spec: object) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name },
      spec,
    });
    const made = await send('create', {
      method: 'POST',
      path,
      body: lease('a', { holderIdentity: 'x', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000001Z' }),
    });
    await send('no duration', {
      method: 'POST',
      path,
      body: lease('b', { leaseDurationSeconds: 0, leaseTransitions: -1 }),
    });
    await send('bad time', { method: 'POST', path, body: lease('b', { renewTime: 'now' }) });
    await send('renew', {
      method: 'PUT',
      path: `${path}/a`,
      body: { ...lease('a', { holderIdentity: 'y' }), metadata: { name: 'a', resourceVersion: versionOf(made) } },
    });
    await send('renew too late', {
      method: 'PUT',
      path: `${path}/a`,
      body: { ...lease('a', { holderIdentity: 'z' }), metadata: { name: 'a', resourceVersion: versionOf(made) } },
    });
    await send('table', { path, accept: TABLE });
  },

  'garbage collection': async (session) => {
    const { send } = session;
    const path = of(session, 'configmaps');
    const made = await send('owner', { method: 'POST', path, body: core('ConfigMap', 'owner') });
    const { uid } = (made.body as { metadata: { uid: string } }).metadata;
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid, blockOwnerDeletion: true };
    const dependent = core('ConfigMap', 'dependent', { metadata: { name: 'dependent', ownerReferences: [reference] } });
    const second = await send('dependent', { method: 'POST', path, body: dependent });
    const watching = await session.watch(
      'dependent goes',
      of(
        session,
        'configmaps',
        `?watch=1&fieldSelector=metadata.name%3Ddependent&resourceVersion=${versionOf(second)}`,
      ),
    );
    await send('delete the owner', { method: 'DELETE', path: of(session, 'configmaps', 'owner') });
    await watching.take(1);
    watching.close();
  },

  kubectl: async (session) => {
    const k = (step: string, args: readonly string[], input?: string) =>
      session.kubectl(step, ['-n', session.namespace, ...args], input);
    await k('create config map', ['create', 'configmap', 'a', '--from-literal=a=1']);
    await k('create secret', ['create', 'secret', 'generic', 's', '--from-literal=a=1']);
    await k('get both', ['get', 'cm/a', 'secret/s']);
    await k('describe secret', ['describe', 'secret', 's']);
    await k('edit with patch', ['patch', 'cm', 'a', '-p', '{"data":{"b":"2"}}']);
    await k('get events', ['get', 'events']);
    await k('get leases', ['get', 'leases']);
    await k('get namespace', ['get', 'ns', session.namespace]);
    await k('delete', ['delete', 'cm', 'a']);
    await k('explain', ['explain', 'configmap.data']);
    await k('auth can-i', ['auth', 'can-i', 'create', 'configmaps']);
    await k('create namespace', ['create', 'namespace', 'default']);
  },
};
