import type { Scenarios } from '../scenario.ts';
import { disk, disks, PATCHES, versionOf } from './objects.ts';

/** JSON patch, merge patch, and what a custom resource refuses. */
export const patch: Scenarios = {
  'merge patch': async (session) => {
    const { send } = session;
    const made = await send('create', {
      method: 'POST',
      path: disks(session),
      body: disk('a', { size: '1Gi' }, { labels: { a: '1', b: '2' } }),
    });
    const merge = (step: string, body: unknown, rest = 'a') =>
      send(step, { method: 'PATCH', path: disks(session, rest), type: PATCHES.merge, body });
    await merge('add and remove labels', { metadata: { labels: { a: null, c: '3' } } });
    await merge('no change', {});
    await merge('null makes the default come back', { spec: { reclaimPolicy: null } });
    await merge('version gone by', { metadata: { resourceVersion: versionOf(made), labels: { d: '4' } } });
    await merge('version to be', { metadata: { resourceVersion: '999999999', labels: { d: '4' } } });
    await merge('other name', { metadata: { name: 'b' } });
    await merge('other namespace', { metadata: { namespace: 'b' } });
    await merge('other uid', { metadata: { uid: 'b' } });
    await merge('other kind', { kind: 'VirtualMachine' });
    await merge('other apiVersion', { apiVersion: 'vmctl.dev/v1' });
    await merge('list', []);
    await merge('text', '"x"');
    await merge('not JSON', '{');
    await merge('wrong value', { spec: { size: 'big' } });
    await merge('not there', { spec: { size: '1Gi' } }, 'none');
    await merge('managed fields taken away', { metadata: { managedFields: null } });
    await merge('managed fields emptied', { metadata: { managedFields: [{}] } });
    await merge('generation given', { metadata: { generation: 77, creationTimestamp: null } });
    await merge('status is left alone', { status: { phase: 'Ready' } });
    await merge('dry', { metadata: { labels: { z: '1' } } }, 'a?dryRun=All');
    await merge('force without apply', { metadata: { labels: { z: '1' } } }, 'a?force=true');
  },

  'JSON patch': async (session) => {
    const { send } = session;
    await send('create', {
      method: 'POST',
      path: disks(session),
      body: disk('a', { size: '1Gi' }, { labels: { a: '1' } }),
    });
    const json = (step: string, body: unknown) =>
      send(step, { method: 'PATCH', path: disks(session, 'a'), type: PATCHES.json, body });
    await json('add', [{ op: 'add', path: '/metadata/labels/b', value: '2' }]);
    await json('add with an escape', [{ op: 'add', path: '/metadata/labels/x.dev~1b', value: '2' }]);
    await json('test holds', [
      { op: 'test', path: '/metadata/labels/a', value: '1' },
      { op: 'replace', path: '/metadata/labels/a', value: '9' },
    ]);
    await json('test fails', [{ op: 'test', path: '/metadata/labels/a', value: 'no' }]);
    await json('test of nothing', [{ op: 'test', path: '/metadata/labels/none', value: 'no' }]);
    await json('remove', [{ op: 'remove', path: '/metadata/labels/b' }]);
    await json('remove nothing', [{ op: 'remove', path: '/metadata/labels/b' }]);
    await json('replace nothing', [{ op: 'replace', path: '/metadata/labels/zz', value: '1' }]);
    await json('add below nothing', [{ op: 'add', path: '/spec/none/deep', value: 1 }]);
    await json('copy', [{ op: 'copy', from: '/metadata/labels/a', path: '/metadata/labels/c' }]);
    await json('move', [{ op: 'move', from: '/metadata/labels/c', path: '/metadata/labels/d' }]);
    await json('unknown operation', [{ op: 'frob', path: '/metadata/labels/a' }]);
    await json('no operation', [{ path: '/metadata/labels/a' }]);
    await json('empty', []);
    await json('an object', {});
    await json('not JSON', '[');
    await json('remove everything', [{ op: 'remove', path: '' }]);
    await json('wrong value', [{ op: 'replace', path: '/spec/size', value: 'big' }]);
    await json(
      'many',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'VirtualMachineDisk' })),
    );
  },

  'types of patch': async (session) => {
    const { send } = session;
    await send('create', { method: 'POST', path: disks(session), body: disk('a') });
    const call = { method: 'PATCH', path: disks(session, 'a'), body: { metadata: { labels: { a: 'b' } } } };
    await send('strategic', { ...call, type: PATCHES.strategic });
    await send('plain JSON', { ...call, type: 'application/json' });
    await send('with a charset', { ...call, type: `${PATCHES.merge}; charset=utf-8` });
    await send('unknown type', { ...call, type: 'application/odd' });
    await send('patch of status', { ...call, path: disks(session, 'a/status'), type: PATCHES.strategic });
  },
};
