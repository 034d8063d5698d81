import type { Scenarios } from '../scenario.ts';
import { core, of, PATCHES, TABLE, versionOf } from './objects.ts';

/** The kinds of Kubernetes itself that the embedded API has. */
export const coreKinds: Scenarios = {
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
