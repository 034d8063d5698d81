import { afterAll, beforeAll, expect, test } from 'vitest';
import { machine, machines, mergePatch, type TestServer, testServer } from './fixtures/server.ts';
import { Watcher } from './fixtures/watcher.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const watch = (query: Record<string, string> = {}) => Watcher.open(server.socketPath, machines, query);
const create = (name: string, spec: object = {}, metadata: object = {}) =>
  server.ask('POST', machines, machine(name, spec, metadata));
const patch = (name: string, body: object) => server.ask('PATCH', `${machines}/${name}`, body, mergePatch);
const remove = (name: string) => server.ask('DELETE', `${machines}/${name}`);
const listVersion = async () => (await server.ask('GET', machines)).body.metadata.resourceVersion as string;

test('without a version: what is there, then what changes', async () => {
  await create('here');
  await using watcher = await watch({ fieldSelector: 'metadata.name=here' });
  expect(await watcher.take(1)).toEqual(['ADDED here']);
  await patch('here', { spec: { cpu: { cores: 2 } } });
  await remove('here');
  expect(await watcher.take(2)).toEqual(['MODIFIED here', 'DELETED here']);
});

test('from a version: only what came after, also across a restart, each once and in order', async () => {
  const resourceVersion = await listVersion();
  await create('a');
  await create('b');
  await server.restart();
  await using watcher = await watch({ resourceVersion });
  expect(await watcher.take(2)).toEqual(['ADDED a', 'ADDED b']);
  await remove('a');
  const { type, object } = await watcher.next();
  expect([type, object.metadata.name]).toEqual(['DELETED', 'a']);
  const versions = watcher.events.map((event) => Number(event.object.metadata.resourceVersion));
  expect(versions).toEqual([...versions].sort((x, y) => x - y));
  expect(new Set(versions).size).toBe(3);
  await remove('b');
});

test('a selector sees objects come into and go out of its view', async () => {
  const resourceVersion = await listVersion();
  await using watcher = await watch({ resourceVersion, labelSelector: 'tier=gold' });
  await create('moving');
  await patch('moving', { metadata: { labels: { tier: 'gold' } } });
  await patch('moving', { spec: { cpu: { cores: 3 } } });
  await patch('moving', { metadata: { labels: { tier: 'tin' } } });
  await remove('moving');
  await create('gold', {}, { labels: { tier: 'gold' } });
  expect(await watcher.take(4)).toEqual(['ADDED moving', 'MODIFIED moving', 'DELETED moving', 'ADDED gold']);
  expect(watcher.events[2]?.object.metadata.labels).toEqual({ tier: 'gold' });
  await remove('gold');
});

test('a field selector does too', async () => {
  const resourceVersion = await listVersion();
  await using watcher = await watch({ resourceVersion, fieldSelector: 'spec.nodeName=n1' });
  await create('bound');
  await patch('bound', { spec: { nodeName: 'n1' } });
  await remove('bound');
  expect(await watcher.take(2)).toEqual(['ADDED bound', 'DELETED bound']);
});

test('a watch list: the state, a bookmark that says so, and changes', async () => {
  await create('listed');
  const asked = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' };
  await using watcher = await watch(asked);
  expect(await watcher.take(1)).toEqual(['ADDED listed']);
  const mark = await watcher.next();
  expect(mark).toMatchObject({ type: 'BOOKMARK', object: { kind: 'Machine', apiVersion: 'test.vmctl.dev/v1' } });
  expect(mark.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  expect(mark.object.metadata.resourceVersion).toBe(await listVersion());
  await remove('listed');
  expect(await watcher.take(1)).toEqual(['DELETED listed']);
});

test('a watch ends after its timeout, with a bookmark for those who want one', async () => {
  const resourceVersion = await listVersion();
  await using watcher = await watch({ resourceVersion, timeoutSeconds: '1', allowWatchBookmarks: 'true' });
  await watcher.ended();
  expect(watcher.events.map((event) => event.type)).toEqual(['BOOKMARK']);
});

test('a version from the future is a timeout, a broken one a bad request', async () => {
  const future = await server.ask('GET', `${machines}?watch=1&resourceVersion=999999`);
  expect(future).toMatchObject({
    code: 504,
    body: { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
  });
  expect(await server.ask('GET', `${machines}?watch=1&resourceVersion=abc`)).toMatchObject({ code: 400 });
});

test('tables and partial metadata can be watched', async () => {
  await create('shown');
  const open = (accept: string) =>
    server.ask('GET', `${machines}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dshown`, undefined, {
      accept,
    });
  const [table, partial] = await Promise.all([
    open('application/json;as=Table;g=meta.k8s.io;v=v1'),
    open('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'),
  ]);
  expect(JSON.parse(table.text).object).toMatchObject({
    kind: 'Table',
    rows: [{ cells: ['shown', null, null, '', 1, expect.any(String)] }],
  });
  expect(JSON.parse(partial.text).object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'shown' } });
  expect(JSON.parse(partial.text).object.spec).toBeUndefined();
});
