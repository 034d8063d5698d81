import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Api } from '../../executor/apiserver/call.ts';
import { expireEvents } from '../../executor/apiserver/controllers/events.ts';
import { Store } from '../../executor/apiserver/store/store.ts';
import type { KubeObject } from '../../executor/apiserver/types.ts';
import { configMap, tempDir, testServer } from './fixtures/server.ts';
import { Watcher } from './fixtures/watcher.ts';

const dirs: string[] = [];
const newDir = () => {
  const dir = tempDir();
  dirs.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

const hour = 3_600_000;
const add = (store: Store, resource: string, object: KubeObject, now: number) => {
  object.metadata = { ...object.metadata, namespace: 'default', uid: `${object.metadata.name}-uid` };
  return store.write({ type: 'ADDED', resource, schema: 'test', object, prev: undefined }, now);
};

test('history that is old is forgotten but for the last thousand changes, and its watchers are told', async () => {
  const dir = newDir();
  const path = '/api/v1/namespaces/default/configmaps';
  const server = await testServer({ dir });
  const { resourceVersion } = (await server.ask('GET', path)).body.metadata;
  const chunked = await server.ask('GET', '/api/v1/namespaces?limit=1');
  await server.close();
  const store = new Store(join(dir, 'state.db'));
  for (let i = 0; i < 1500; i++) add(store, 'configmaps', configMap(`c${i}`), Date.now() - hour);
  await store.flushed();
  store.compact();
  expect(store.log.compacted()).toBe(store.committed - 1000);
  store.close();
  const again = await testServer({ dir });
  await using watcher = await Watcher.open(again.socketPath, path, { resourceVersion });
  const { type, object } = await watcher.next();
  expect([type, object]).toMatchObject(['ERROR', { kind: 'Status', code: 410, reason: 'Expired' }]);
  expect(object['message']).toContain(`too old resource version: ${resourceVersion}`);
  await watcher.ended();
  const rest = await again.ask('GET', `/api/v1/namespaces?limit=1&continue=${chunked.body.metadata.continue}`);
  expect(rest).toMatchObject({ code: 410, body: { reason: 'Expired' } });
  expect((await again.ask('GET', path)).body.items).toHaveLength(1500);
  await again.close();
});

test('what a list in progress needs is not forgotten', async () => {
  const store = new Store(join(newDir(), 'state.db'));
  for (let i = 0; i < 1100; i++) add(store, 'configmaps', configMap(`c${i}`), 0);
  await store.flushed();
  const unpin = store.pin(10);
  store.compact();
  expect(store.log.compacted()).toBe(10);
  unpin();
  store.compact();
  expect(store.log.compacted()).toBe(100);
  store.close();
});

const event = (name: string, lastTimestamp: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, creationTimestamp: '2020-01-01T00:00:00Z' },
  lastTimestamp,
  ...more,
});

test('events live for an hour after they were last seen, and five thousand at most', async () => {
  const store = new Store(join(newDir(), 'state.db'));
  const now = Date.parse('2020-06-01T12:00:00Z');
  const api = { store, now: () => new Date(now) } as Api;
  add(store, 'events', event('old', '2020-06-01T10:59:00Z'), now);
  add(store, 'events', event('fresh', '2020-06-01T11:01:00Z'), now);
  const series = { series: { count: 2, lastObservedTime: '2020-06-01T11:30:00.000000Z' } };
  add(store, 'events', event('again', '2020-06-01T09:00:00Z', series), now);
  expireEvents(api);
  await store.flushed();
  const names = () => store.objects.oldest('events', 10_000).map((row) => row.name);
  expect(names()).toEqual(['fresh', 'again']);
  for (let i = 0; i < 5_000; i++) add(store, 'events', event(`e${i}`, '2020-06-01T12:00:00Z'), now);
  expireEvents(api);
  await store.flushed();
  expect(names()).toHaveLength(5_000);
  expect(names().slice(0, 2)).toEqual(['e0', 'e1']);
  store.close();
});

test('a file that is no database is not overwritten', async () => {
  const dir = newDir();
  const { writeFileSync, readFileSync } = await import('node:fs');
  writeFileSync(join(dir, 'state.db'), 'something else, and long enough to be mistaken for a header of a page');
  expect(() => new Store(join(dir, 'state.db'))).toThrow(/cannot open .*state\.db: .*move the file away/);
  expect(readFileSync(join(dir, 'state.db'), 'utf8')).toContain('something else');
});
