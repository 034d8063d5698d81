import { expect, test } from 'vitest';
import { createCache } from '../../executor/controller/cache.ts';
import { fails, holds, keepTransitionTimes, sameJson, toConditions } from '../../executor/controller/conditions.ts';
import type { KubeObject } from '../../schemas/types/object.ts';

const OLD = '2026-01-01T00:00:00Z';
const NOW = '2026-01-02T00:00:00Z';

test('a condition keeps its time while its status stays, whatever else changes', () => {
  const previous = toConditions([holds('Ready', 'A', 'a'), holds('Found', 'F', 'f')], undefined, 1, OLD);
  const next = toConditions([holds('Ready', 'B', 'b'), fails('Found', 'G', 'g')], previous, 2, NOW);
  expect(next).toEqual([
    { type: 'Ready', status: 'True', reason: 'B', message: 'b', lastTransitionTime: OLD, observedGeneration: 2 },
    { type: 'Found', status: 'False', reason: 'G', message: 'g', lastTransitionTime: NOW, observedGeneration: 2 },
  ]);
});

test('a status made from nothing gets its times back', () => {
  const previous = { conditions: toConditions([holds('Ready', 'A', 'a')], undefined, 1, OLD) };
  const next = { conditions: toConditions([holds('Ready', 'A', 'a')], undefined, 1, NOW) };
  expect(keepTransitionTimes(next, previous)).toEqual(previous);
});

test('what is undefined is not there', () => {
  expect(sameJson({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(sameJson({ a: [undefined] }, { a: [] })).toBe(false);
});

const object = (name: string, resourceVersion: string, uid = name): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, uid, resourceVersion },
});

test('a cache tells each difference once, and takes nothing that is older', () => {
  const told: string[] = [];
  const name = (item: KubeObject | undefined) =>
    item ? `${item.metadata.name}@${item.metadata.resourceVersion}` : '-';
  const cache = createCache<KubeObject>((before, after) => told.push(`${name(before)} ${name(after)}`));
  cache.upsert(object('a', '9'));
  cache.upsert(object('a', '9'));
  cache.upsert(object('a', '10'));
  cache.upsert(object('a', '9'));
  cache.replace([object('b', '11'), object('a', '10')]);
  cache.replace([object('b', '12')]);
  cache.remove(object('b', '13'));
  cache.remove(object('b', '13'));
  expect(told).toEqual(['- a@9', 'a@9 a@10', '- b@11', 'a@10 -', 'b@11 b@12', 'b@12 -']);
});

test('the answer of a write does not bring back what was deleted meanwhile', () => {
  const cache = createCache<KubeObject>(() => {});
  cache.refresh(object('a', '5'));
  expect(cache.get({ name: 'a' })).toBeUndefined();
  cache.upsert(object('a', '5'));
  cache.refresh(object('a', '6', 'another'));
  expect(cache.get({ name: 'a' })?.metadata.resourceVersion).toBe('5');
  cache.refresh(object('a', '6'));
  expect(cache.get({ name: 'a' })?.metadata.resourceVersion).toBe('6');
});
