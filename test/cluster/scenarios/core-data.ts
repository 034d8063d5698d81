import type { Scenarios } from '../scenario.ts';
import { core, of, PATCHES, TABLE } from './objects.ts';

/** Config maps and secrets. */
export const coreData: Scenarios = {
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
};
