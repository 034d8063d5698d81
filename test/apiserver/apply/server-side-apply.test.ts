import { describe, expect, test } from 'vitest';
import { formatConflicts, serverSideApply, trackUpdate } from '../../../executor/apiserver/apply/index.ts';
import type { KubeObject } from '../../../executor/apiserver/types.ts';
import { type Given, owned, schema, widget } from './fixtures/widgets.ts';

const T1 = '2026-01-01T00:00:00Z';
const T2 = '2026-01-02T00:00:00Z';

function apply(
  live: KubeObject | undefined,
  spec: Given,
  manager = 'a',
  more: { force?: boolean; metadata?: object } = {},
) {
  const applied = widget(spec, more.metadata);
  return serverSideApply({ ...(live && { live }), applied, manager, force: more.force ?? false, schema, now: T2 });
}

function applied(...args: Parameters<typeof apply>): KubeObject {
  const result = apply(...args);
  if ('conflicts' in result) throw new Error(formatConflicts(result.conflicts).message);
  return result.object;
}

const created = (spec: Given, manager = 'kubectl-create'): KubeObject => ({
  ...trackUpdate({ updated: widget(spec), manager, schema, now: T1 }),
});

describe('ownership', () => {
  test('an applier owns the leaves that it applies, not the server’s fields', () => {
    expect(owned(applied(undefined, { count: 2, ports: [{ port: 80, protocol: 'TCP' }] }), 'a')).toEqual({
      'f:spec': {
        'f:count': {},
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} } },
      },
    });
  });

  test('two appliers of one value share it, and it goes when both have dropped it', () => {
    const both = applied(applied(undefined, { mode: 'Fast', count: 1 }), { mode: 'Fast' }, 'b');
    const one = applied(both, { count: 1 });
    expect(one['spec']).toEqual({ mode: 'Fast', count: 1 });
    expect(applied(one, {}, 'b')['spec']).toEqual({ count: 1 });
  });

  test('what an updater set stays when an applier drops it', () => {
    const live = applied(created({ mode: 'Fast' }), { mode: 'Fast', count: 1 });
    expect(applied(live, { count: 1 })['spec']).toEqual({ mode: 'Fast', count: 1 });
  });

  test('the same configuration again changes nothing, not even the time', () => {
    const once = serverSideApply({ applied: widget({ count: 1 }), manager: 'a', force: false, schema, now: T1 });
    if (!('object' in once)) throw new Error('conflict');
    expect(applied(once.object, { count: 1 })).toEqual(once.object);
  });

  test('an object that nobody applied before has its fields with before-first-apply', () => {
    const live = { ...widget({ count: 1 }), metadata: { name: 'w', uid: 'u' } };
    const result = apply(live, { count: 2 });
    expect(result).toEqual({
      conflicts: [{ manager: '"before-first-apply" using test.vmctl.dev/v1', field: '.spec.count' }],
    });
  });
});

describe('merging', () => {
  test('items merge by their keys, defaults of keys included', () => {
    const live = created({
      ports: [
        { port: 80, protocol: 'TCP', weight: 7 },
        { port: 81, protocol: 'UDP' },
      ],
    });
    expect(applied(live, { ports: [{ port: 80, tags: ['x'] }] })['spec']).toEqual({
      ports: [
        { port: 80, protocol: 'TCP', weight: 7, tags: ['x'] },
        { port: 81, protocol: 'UDP' },
      ],
    });
  });

  test('an item that its only applier drops goes, the others keep their places', () => {
    const first = applied(created({ ports: [{ port: 1, protocol: 'TCP' }] }), { ports: [{ port: 2 }, { port: 3 }] });
    expect(applied(first, { ports: [{ port: 3 }] })['spec']).toEqual({
      ports: [{ port: 1, protocol: 'TCP' }, { port: 3 }],
    });
  });

  test('sets are united item by item', () => {
    const live = applied(created({ tags: ['a'] }), { tags: ['b', 'c'] });
    expect(live['spec']).toEqual({ tags: ['a', 'b', 'c'] });
    expect(applied(live, { tags: ['c'] })['spec']).toEqual({ tags: ['a', 'c'] });
  });

  test('atomic lists and maps are owned and replaced as a whole', () => {
    const live = created({ steps: [{ run: 'x' }], whole: { a: '1', b: '2' } });
    const result = apply(live, { steps: [{ run: 'y' }], whole: { a: '1' } });
    expect('conflicts' in result && result.conflicts.map(({ field }) => field)).toEqual(['.spec.steps', '.spec.whole']);
    const forced = applied(live, { steps: [{ run: 'y' }], whole: { a: '1' } }, 'a', { force: true });
    expect(forced['spec']).toEqual({ steps: [{ run: 'y' }], whole: { a: '1' } });
    expect(owned(forced, 'a')).toEqual({ 'f:spec': { 'f:steps': {}, 'f:whole': {} } });
  });

  test('where there is no schema, objects merge by member and lists are whole', () => {
    const live = created({ anything: { x: { y: 1 }, list: [1] } });
    expect(applied(live, { anything: { x: { z: 2 } } })['spec']).toEqual({
      anything: { x: { y: 1, z: 2 }, list: [1] },
    });
  });

  test('fields that this endpoint does not set are neither changed nor owned', () => {
    const live = created({ count: 1 });
    const request = { ...widget({ mode: 'Fast' }), status: { phase: 'Up' } };
    const main = serverSideApply({
      live,
      applied: request,
      manager: 'a',
      force: false,
      ignoredFields: ['status'],
      schema,
      now: T2,
    });
    if (!('object' in main)) throw new Error('conflict');
    expect(main.object['status']).toBeUndefined();
    expect(owned(main.object, 'a')).toEqual({ 'f:spec': { 'f:mode': {} } });
    const status = serverSideApply({
      live,
      applied: request,
      manager: 'a',
      subresource: 'status',
      force: false,
      schema,
      now: T2,
    });
    if (!('object' in status)) throw new Error('conflict');
    expect(status.object).toMatchObject({ spec: { count: 1 }, status: { phase: 'Up' } });
    expect(owned(status.object, 'a')).toEqual({ 'f:status': { 'f:phase': {} } });
    expect(status.object.metadata.managedFields?.[0]).toMatchObject({ operation: 'Apply', subresource: 'status' });
  });
});

describe('conflicts', () => {
  const live = created({ count: 1, ports: [{ port: 80, protocol: 'TCP', weight: 1 }] }, 'kubectl-client-side-apply');

  test('one is a sentence', () => {
    const result = apply(live, { count: 2 });
    expect('conflicts' in result && formatConflicts(result.conflicts)).toEqual({
      message:
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using test.vmctl.dev/v1: .spec.count',
      causes: [
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "kubectl-client-side-apply" using test.vmctl.dev/v1',
          field: '.spec.count',
        },
      ],
    });
  });

  test('several are listed by manager, items by their keys', () => {
    const shared = applied(live, { mode: 'Fast' }, 'b');
    const result = apply(shared, { count: 2, mode: 'Slow', ports: [{ port: 80, weight: 9 }] });
    expect('conflicts' in result && formatConflicts(result.conflicts).message).toBe(
      [
        'Apply failed with 3 conflicts: conflicts with "b":',
        '- .spec.mode',
        'conflicts with "kubectl-client-side-apply" using test.vmctl.dev/v1:',
        '- .spec.count',
        '- .spec.ports[port=80,protocol="TCP"].weight',
      ].join('\n'),
    );
  });

  test('the same value is no conflict, and force takes the field over', () => {
    expect('conflicts' in apply(live, { count: 1 })).toBe(false);
    const forced = applied(live, { count: 2 }, 'a', { force: true });
    expect(forced['spec']).toMatchObject({ count: 2 });
    expect(owned(forced, 'kubectl-client-side-apply')).not.toHaveProperty(['f:spec', 'f:count']);
    expect(owned(forced, 'a')).toEqual({ 'f:spec': { 'f:count': {} } });
  });
});

describe('kubectl, from client-side to server-side apply', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const annotations = { [annotation]: JSON.stringify(widget({ count: 1 })) };
  const live = trackUpdate({
    updated: widget({ count: 1, mode: 'Fast' }, { annotations }),
    manager: 'kubectl-client-side-apply',
    schema,
    now: T1,
  });

  test('takes over what its annotation says it applied, and keeps the annotation in step', () => {
    const object = applied(live, { count: 5 }, 'kubectl');
    expect(object['spec']).toEqual({ count: 5, mode: 'Fast' });
    expect(JSON.parse(object.metadata.annotations?.[annotation] ?? '')).toEqual(widget({ count: 5 }));
  });

  test('not what somebody else set since, and not for another manager', () => {
    const result = apply(live, { count: 5, mode: 'Slow' }, 'kubectl');
    expect('conflicts' in result && result.conflicts.map(({ field }) => field)).toEqual(['.spec.mode']);
    expect('conflicts' in apply(live, { count: 5 }, 'a')).toBe(true);
  });
});

test('an empty list that merges by item is kept, though nobody owns it', () => {
  const live = applied(undefined, { tags: [], count: 1 });
  expect(live['spec']).toEqual({ tags: [], count: 1 });
  expect(owned(live, 'a')).toEqual({ 'f:spec': { 'f:count': {} } });
  expect(applied(live, { tags: [], count: 2 })['spec']).toEqual({ tags: [], count: 2 });
});
