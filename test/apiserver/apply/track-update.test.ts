import { describe, expect, test } from 'vitest';
import { trackUpdate } from '../../../executor/apiserver/apply/index.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../executor/apiserver/types.ts';
import { type Given, owned, schema, widget } from './fixtures/widgets.ts';

const T1 = '2026-01-01T00:00:00Z';
const T2 = '2026-01-02T00:00:00Z';

const live: KubeObject = trackUpdate({
  updated: widget({ count: 1, ports: [{ port: 80, protocol: 'TCP' }] }, { uid: 'u', labels: { a: '1' } }),
  manager: 'creator',
  schema,
  now: T1,
});

function update(change: Given, manager: string, more: { metadata?: object; subresource?: string } = {}): KubeObject {
  const spec = { ...(live['spec'] as object), ...change };
  const updated = { ...live, spec, metadata: { ...live.metadata, ...more.metadata } };
  const { subresource } = more;
  return trackUpdate({ live, updated, manager, ...(subresource && { subresource }), schema, now: T2 });
}

describe('who updates, owns', () => {
  test('what was created, with the maps and items around it', () => {
    expect(live.metadata.managedFields).toEqual([
      {
        manager: 'creator',
        operation: 'Update',
        apiVersion: 'test.vmctl.dev/v1',
        time: T1,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
          'f:spec': {
            '.': {},
            'f:count': {},
            'f:ports': {
              '.': {},
              'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} },
            },
          },
        },
      },
    ]);
  });

  test('what was changed, and nobody else any more', () => {
    const next = update({ count: 2 }, 'editor');
    expect(owned(next, 'editor')).toEqual({ 'f:spec': { 'f:count': {} } });
    expect(owned(next, 'creator')).not.toHaveProperty(['f:spec', 'f:count']);
    expect(next.metadata.managedFields?.map(({ time }) => time)).toEqual([T1, T2]);
  });

  test('nothing that was removed', () => {
    const next = update({ ports: [] }, 'editor');
    expect(owned(next, 'creator')).not.toHaveProperty(['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}']);
    expect(owned(next, 'editor')).toBeUndefined();
  });

  test('by subresource, as an entry of its own', () => {
    const next = trackUpdate({
      live,
      updated: { ...live, status: { phase: 'Up' } },
      manager: 'creator',
      subresource: 'status',
      schema,
      now: T2,
    });
    expect(next.metadata.managedFields?.map(({ subresource }) => subresource)).toEqual([undefined, 'status']);
  });

  test('and an update that changes nothing leaves the entries as they are', () => {
    expect(update({}, 'editor')).toEqual(live);
  });
});

describe('managed fields that a client sends', () => {
  const entry: ManagedFieldsEntry = {
    manager: 'mine',
    operation: 'Apply',
    apiVersion: 'test.vmctl.dev/v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:count': {} } },
  };

  test('replace what is stored, as an upgrade from client-side apply does', () => {
    expect(update({}, 'x', { metadata: { managedFields: [entry] } }).metadata.managedFields).toEqual([entry]);
  });

  test.each([
    ['none', undefined],
    ['an empty list', []],
    ['ones that cannot be read', [{ ...entry, fieldsV1: { 'f:spec': 1 } }]],
    ['ones of an unknown operation', [{ ...entry, operation: 'Patch' }]],
  ])('%s leave what is stored', (_, managedFields) => {
    expect(update({}, 'x', { metadata: { managedFields } }).metadata.managedFields).toEqual(
      live.metadata.managedFields,
    );
  });

  test('a single empty entry resets them, until somebody applies', () => {
    const reset = update({}, 'x', { metadata: { managedFields: [{}] } });
    expect(reset.metadata.managedFields).toBeUndefined();
    const later = trackUpdate({ live: reset, updated: { ...reset, spec: {} }, manager: 'x', schema, now: T2 });
    expect(later.metadata.managedFields).toBeUndefined();
  });

  test('are not taken through a subresource', () => {
    const next = update({}, 'x', { metadata: { managedFields: [{}] }, subresource: 'status' });
    expect(next.metadata.managedFields).toEqual(live.metadata.managedFields);
  });
});

test('of more than ten updaters, the oldest become one', () => {
  let object = live;
  for (let i = 0; i < 12; i++) {
    const now = `2026-02-${String(i + 10)}T00:00:00Z`;
    const updated = {
      ...object,
      metadata: { ...object.metadata, labels: { ...object.metadata.labels, [`l${i}`]: 'x' } },
    };
    object = trackUpdate({ live: object, updated, manager: `m${i}`, schema, now });
  }
  const managers = object.metadata.managedFields?.map(({ manager }) => manager) ?? [];
  expect(managers).toHaveLength(10);
  expect(managers).toContain('ancient-changes');
  expect(owned(object, 'ancient-changes')).toHaveProperty(['f:spec', 'f:count']);
});
