import { expect, it } from 'vitest';
import { createCache } from '../../executor/controller/cache.ts';
import { joined } from '../../executor/controller/joined.ts';
import type { KubeObject } from '../../schemas/types/object.ts';

const object = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, namespace: 'a', uid: name, resourceVersion },
});

function parts() {
  const caches = [createCache<KubeObject>(() => {}), createCache<KubeObject>(() => {})] as const;
  const informers = caches.map((cache) => ({ cache, synced: Promise.resolve(), close: () => {} }));
  return { caches, both: joined(informers).cache };
}

const key = { namespace: 'a', name: 'x' };

it('has an object as long as one part has it, in whichever order they hear of a change', () => {
  const { caches, both } = parts();
  const [bound, leaving] = caches;
  bound.upsert(object('x', '1'));
  leaving.upsert(object('x', '2'));
  expect(both.get(key)?.metadata.resourceVersion).toBe('2');
  bound.remove(object('x', '2'));
  expect(both.get(key)?.metadata.resourceVersion).toBe('2');
  leaving.remove(object('x', '3'));
  expect(both.get(key)).toBeUndefined();
});

it('lists each object once, the newest form of it', () => {
  const { caches, both } = parts();
  caches[0].upsert(object('x', '9'));
  caches[0].upsert(object('y', '3'));
  caches[1].upsert(object('x', '10'));
  const found = both.list('a').map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
  expect(found.sort()).toEqual(['x@10', 'y@3']);
  expect(both.list('b')).toEqual([]);
});

it('takes what a write answered into the part that has the object, and into no other', () => {
  const { caches, both } = parts();
  caches[1].upsert(object('x', '1'));
  both.refresh(object('x', '2'));
  both.refresh(object('z', '2'));
  expect(caches[0].list()).toEqual([]);
  expect(both.list().map(({ metadata }) => metadata.resourceVersion)).toEqual(['2']);
});
