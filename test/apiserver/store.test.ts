import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Row } from '../../executor/apiserver/store/objects.ts';
import { Store } from '../../executor/apiserver/store/store.ts';
import { configMap, tempDir } from './fixtures/server.ts';

let dir: string;
let store: Store;
beforeEach(() => {
  dir = tempDir();
  store = new Store(join(dir, 'state.db'));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

const write = (name: string, type: 'ADDED' | 'MODIFIED' | 'DELETED' = 'ADDED', prev?: Row): Row => {
  const object = configMap(name, { namespace: 'default', uid: `${name}-uid` }, { at: String(store.committed) });
  return store.write({ type, resource: 'configmaps', schema: 's', object, prev });
};
const names = (at: number) =>
  store.objects
    .page({ resource: 'configmaps', at, after: { namespace: '', name: '' }, limit: 100 })
    .map((row) => row.name)
    .join('');

test('writes of one turn are one commit, of which nobody hears before it is on disk', async () => {
  const heard: string[] = [];
  store.subscribe((resource) => heard.push(`${resource} ${store.committed}`));
  const rows = [write('a'), write('b'), write('c')];
  expect(rows.map((row) => row.rv)).toEqual([1, 2, 3]);
  expect([store.committed, heard]).toEqual([0, []]);
  await store.flushed();
  expect([store.committed, heard]).toEqual([3, ['configmaps 3']]);
});

test('when one write of a turn fails, every writer of that turn hears it, and nothing of it stays', async () => {
  write('kept');
  await store.flushed();
  write('lost');
  const flushed = store.flushed();
  expect(() =>
    store.write({
      type: 'ADDED',
      resource: null as unknown as string,
      schema: 's',
      object: configMap('bad'),
      prev: undefined,
    }),
  ).toThrow(/NOT NULL/);
  await expect(flushed).rejects.toThrow(/NOT NULL/);
  expect([store.committed, names(9)]).toEqual([1, 'kept']);
  expect(write('next').rv).toBe(2);
  await store.flushed();
  expect(names(9)).toBe('keptnext');
});

test('every past moment that the log still holds can be listed', async () => {
  const moments: [version: number, expected: string][] = [];
  const live = new Map<string, Row>();
  const steps = ['+a', '+b', '-a', '+c', '~b', '-b', '+a', '~c', '-c', '+b'];
  for (const [sign = '', name = ''] of steps) {
    const type = ({ '+': 'ADDED', '~': 'MODIFIED', '-': 'DELETED' } as const)[sign] ?? 'ADDED';
    const row = write(name, type, live.get(name));
    if (type === 'DELETED') live.delete(name);
    else live.set(name, row);
    await store.flushed();
    moments.push([row.rv, [...live.keys()].sort().join('')]);
  }
  for (const [version, expected] of moments) expect([version, names(version)]).toEqual([version, expected]);
  store.close();
  store = new Store(join(dir, 'state.db'));
  for (const [version, expected] of moments) expect([version, names(version)]).toEqual([version, expected]);
});

test('who owns whom follows the objects', async () => {
  const owner = write('owner');
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.uid }];
  const object = configMap('owned', { namespace: 'default', uid: 'owned-uid', ownerReferences });
  const owned = store.write({ type: 'ADDED', resource: 'configmaps', schema: 's', object, prev: undefined });
  expect(store.objects.dependents(owner.uid).map((row) => row.name)).toEqual(['owned']);
  expect(store.objects.absentOwners()).toEqual([]);
  write('owner', 'DELETED', owner);
  expect(store.objects.absentOwners()).toEqual([owner.uid]);
  write('owned', 'DELETED', owned);
  expect(store.objects.absentOwners()).toEqual([]);
  await store.flushed();
});
