import { describe, expect, it } from 'vitest';
import { compile } from '../../executor/apiserver/schema/index.ts';
import type { JsonSchema } from '../../executor/apiserver/types.ts';
import { objectSchema } from '../../schemas/crd.ts';
import { type Kind, kinds } from '../../schemas/kinds/index.ts';

/** What the API server says of a change: the fields and what is wrong with them. */
function errors(kind: Kind, before: object, after: object): string[] {
  const schema = compile(objectSchema(kinds[kind]) as JsonSchema);
  const [old, next] = [before, after].map((spec) => ({ metadata: { name: 'a' }, spec: structuredClone(spec) }));
  for (const object of [old, next]) schema.default(object as object);
  return schema.validate(next as object, old).map(({ field, message }) => `${field}: ${message}`);
}

const machine = { memory: { size: '1Gi' } };

describe('a change', () => {
  it('of a disk’s size goes up only', () => {
    expect(errors('VirtualMachineDisk', { size: '1Gi' }, { size: '2Gi' })).toEqual([]);
    expect(errors('VirtualMachineDisk', { size: '1Gi' }, { size: '1024Mi' })).toEqual([]);
    expect(errors('VirtualMachineDisk', { size: '2Gi' }, { size: '1Gi' })).toEqual([
      expect.stringContaining('size can grow, never shrink'),
    ]);
  });

  it.each([
    ['pool', { size: '1Gi', pool: 'a' }, { size: '1Gi', pool: 'b' }],
    ['format', { size: '1Gi', format: 'raw' }, { size: '1Gi', format: 'qcow2' }],
    ['source', { size: '1Gi' }, { size: '1Gi', source: { image: { name: 'a' } } }],
  ])('of a disk’s %s is refused', (field, before, after) => {
    expect(errors('VirtualMachineDisk', before, after)).toEqual([
      expect.stringMatching(new RegExp(`${field}|immutable`)),
    ]);
  });

  it('of a snapshot’s machine is refused, a revert is not', () => {
    const spec = { virtualMachine: { name: 'a' } };
    expect(errors('VirtualMachineSnapshot', spec, { ...spec, revert: 'now' })).toEqual([]);
    expect(errors('VirtualMachineSnapshot', spec, { virtualMachine: { name: 'b' } })).toEqual([
      'spec.virtualMachine: Invalid value: field is immutable',
    ]);
  });

  it('of a machine’s node waits until it is stopped', () => {
    const bound = { ...machine, nodeName: 'one' };
    expect(errors('VirtualMachine', machine, bound)).toEqual([]);
    expect(errors('VirtualMachine', bound, { ...bound, nodeName: 'two' })).toEqual([
      expect.stringContaining('nodeName can change only while powerState is Stopped'),
    ]);
    expect(errors('VirtualMachine', bound, machine)).toHaveLength(1);
    const stopped = { ...bound, powerState: 'Stopped' };
    expect(errors('VirtualMachine', stopped, { ...stopped, nodeName: 'two' })).toEqual([]);
  });
});
