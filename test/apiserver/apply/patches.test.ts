import { describe, expect, test } from 'vitest';
import { mergePatch, strategicMerge } from '../../../executor/apiserver/apply/index.ts';
import { builtinResources } from '../../../executor/apiserver/schema/builtin.ts';

describe('merge patch, by the examples of RFC 7386', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, result) => {
    const before = structuredClone(target);
    expect(mergePatch(target, patch)).toEqual(result);
    expect(target).toEqual(before);
  });
});

describe('strategic merge patch', () => {
  const schemaOf = (kind: string) => builtinResources.find((resource) => resource.kind === kind)?.schema ?? {};
  const merge = (kind: string, target: object, patch: object) => strategicMerge(target, patch, schemaOf(kind));

  test('lists with a merge key merge by it', () => {
    const target = {
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'Disk', status: 'True' },
        ],
      },
    };
    expect(
      merge('Node', target, {
        status: {
          conditions: [
            { type: 'Ready', status: 'True' },
            { type: 'New', status: 'True' },
          ],
        },
      }),
    ).toEqual({
      status: {
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'Disk', status: 'True' },
          { type: 'New', status: 'True' },
        ],
      },
    });
  });

  test('items go by $patch: delete', () => {
    const target = {
      metadata: {
        ownerReferences: [
          { uid: '1', name: 'a' },
          { uid: '2', name: 'b' },
        ],
      },
    };
    const patch = { metadata: { ownerReferences: [{ $patch: 'delete', uid: '1' }] } };
    expect(merge('ConfigMap', target, patch)).toEqual({ metadata: { ownerReferences: [{ uid: '2', name: 'b' }] } });
  });

  test('lists of values are united, cut by $deleteFromPrimitiveList, and put in $setElementOrder', () => {
    const target = { metadata: { finalizers: ['a', 'b'] } };
    expect(merge('Secret', target, { metadata: { finalizers: ['b', 'c'] } })).toEqual({
      metadata: { finalizers: ['a', 'b', 'c'] },
    });
    const patch = {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['a'],
        '$setElementOrder/finalizers': ['c', 'b'],
        finalizers: ['c'],
      },
    };
    expect(merge('Secret', target, patch)).toEqual({ metadata: { finalizers: ['c', 'b'] } });
  });

  test('other lists are replaced, as are maps by $patch: replace; null removes', () => {
    expect(merge('Node', { spec: { taints: [{ key: 'a' }] } }, { spec: { taints: [{ key: 'b' }] } })).toEqual({
      spec: { taints: [{ key: 'b' }] },
    });
    expect(merge('ConfigMap', { data: { a: '1', b: '2' } }, { data: { $patch: 'replace', c: '3' } })).toEqual({
      data: { c: '3' },
    });
    expect(merge('ConfigMap', { data: { a: '1', b: '2' } }, { data: { a: null } })).toEqual({ data: { b: '2' } });
    expect(merge('ConfigMap', { data: { a: '1', b: '2' } }, { data: { $retainKeys: ['b', 'c'], c: '3' } })).toEqual({
      data: { b: '2', c: '3' },
    });
  });
});
