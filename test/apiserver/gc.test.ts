import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../executor/apiserver/types.ts';
import { kubectlFor, testSinceKubectl } from './fixtures/kubectl.ts';
import { configMap, mergePatch, type TestServer, testServer } from './fixtures/server.ts';
import { Watcher } from './fixtures/watcher.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const path = '/api/v1/namespaces/default/configmaps';
const create = async (name: string, metadata: object = {}): Promise<KubeObject> => {
  const { code, body } = await server.ask('POST', path, configMap(name, metadata));
  expect(code).toBe(201);
  return body;
};
const ownedBy = (owner: KubeObject, extra: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  ...extra,
});
const read = (name: string) => server.ask('GET', `${path}/${name}`);
const remove = (name: string, options: object = {}) => server.ask('DELETE', `${path}/${name}`, options);
const deletionOf = async (name: string, work: () => Promise<unknown>) => {
  await using watcher = await Watcher.open(server.socketPath, path, { fieldSelector: `metadata.name=${name}` });
  await work();
  while ((await watcher.next()).type !== 'DELETED');
};

test('background: the owner goes, then what it owned, and what that owned', async () => {
  const owner = await create('top');
  const child = await create('middle', { ownerReferences: [ownedBy(owner)] });
  await create('leaf', { ownerReferences: [ownedBy(child)] });
  await deletionOf('leaf', async () => expect((await remove('top')).body.status).toBe('Success'));
  expect((await read('middle')).code).toBe(404);
});

test('foreground: the owner stays until what blocks it is gone', async () => {
  const owner = await create('waits');
  const blocking = ownedBy(owner, { blockOwnerDeletion: true });
  await create('blocks', { ownerReferences: [blocking], finalizers: ['test.vmctl.dev/hold'] });
  const { body } = await remove('waits', { propagationPolicy: 'Foreground' });
  expect(body.metadata).toMatchObject({ finalizers: ['foregroundDeletion'], deletionTimestamp: expect.any(String) });
  await deletionOf('waits', async () => {
    expect((await read('waits')).code).toBe(200);
    await server.ask('PATCH', `${path}/blocks`, { metadata: { finalizers: null } }, mergePatch);
  });
  expect((await read('blocks')).code).toBe(404);
});

test('orphan: what was owned stays, and forgets its owner', async () => {
  const owner = await create('parent');
  await create('orphan', { ownerReferences: [ownedBy(owner)] });
  await deletionOf('parent', () => remove('parent', { propagationPolicy: 'Orphan' }));
  expect((await read('orphan')).body.metadata.ownerReferences).toBeUndefined();
});

test('one owner of two is left: the object stays and forgets the other', async () => {
  const [one, two] = [await create('one'), await create('two')];
  await create('shared', { ownerReferences: [ownedBy(one), ownedBy(two)] });
  await using watcher = await Watcher.open(server.socketPath, path, { fieldSelector: 'metadata.name=shared' });
  await remove('one');
  expect(await watcher.take(2)).toEqual(['ADDED shared', 'MODIFIED shared']);
  expect((await read('shared')).body.metadata.ownerReferences).toEqual([ownedBy(two)]);
});

test('an owner that never was takes what names it along; one of an unknown kind does not', async () => {
  const ghost = { ...ownedBy(await create('host')), name: 'ghost', uid: 'no-such-uid' };
  await deletionOf('haunted', () => create('haunted', { ownerReferences: [ghost] }));
  const foreign = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'elsewhere', uid: 'another-uid' };
  await create('kept', { ownerReferences: [foreign] });
  await deletionOf('haunted', () => create('haunted', { ownerReferences: [ghost] }));
  expect((await read('kept')).code).toBe(200);
});

testSinceKubectl(24)('what a stopped server had not collected is collected when it is back', async () => {
  const owner = await create('late');
  await create('later', { ownerReferences: [ownedBy(owner)] });
  await remove('late');
  await server.restart();
  const kubectl = kubectlFor(server.dir);
  await kubectl.ok(['wait', '--for=delete', 'cm/later', '--timeout=60s']);
});

test('preconditions: another uid or version is a conflict', async () => {
  const { metadata } = await create('guarded');
  const wrongUid = await remove('guarded', { preconditions: { uid: 'other' } });
  expect(wrongUid).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
  expect(wrongUid.body.message).toMatch(new RegExp(`UID in.*other.*${metadata.uid}`));
  expect((await remove('guarded', { preconditions: { resourceVersion: '1' } })).code).toBe(409);
  const right = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
  expect((await remove('guarded', { preconditions: right })).code).toBe(200);
});

test('a dry run deletes nothing', async () => {
  await create('stays');
  expect((await remove('stays', { dryRun: ['All'] })).code).toBe(200);
  expect((await server.ask('DELETE', `${path}/stays?dryRun=All`)).code).toBe(200);
  expect((await read('stays')).code).toBe(200);
});

test('a collection is deleted by selector', async () => {
  for (const [name, group] of Object.entries({ x1: 'x', x2: 'x', y1: 'y' })) await create(name, { labels: { group } });
  const { code, body } = await server.ask('DELETE', `${path}?labelSelector=group%3Dx`);
  expect([code, body.items.map((item: KubeObject) => item.metadata.name)]).toEqual([200, ['x1', 'x2']]);
  expect([(await read('x1')).code, (await read('y1')).code]).toEqual([404, 200]);
});

test('an object that is being deleted takes no new finalizer', async () => {
  await create('closing', { finalizers: ['test.vmctl.dev/hold'] });
  await remove('closing');
  const more = { metadata: { finalizers: ['test.vmctl.dev/hold', 'test.vmctl.dev/more'] } };
  const { code, body } = await server.ask('PATCH', `${path}/closing`, more, mergePatch);
  expect(code).toBe(422);
  expect(body.message).toContain(
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"test.vmctl.dev/more"}',
  );
  const gone = await server.ask('PATCH', `${path}/closing`, { metadata: { finalizers: null } }, mergePatch);
  expect(gone.code).toBe(200);
  expect((await read('closing')).code).toBe(404);
});
