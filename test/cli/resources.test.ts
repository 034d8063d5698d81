import { describe, expect, it } from 'vitest';
import { displayName, known, knownKind, OURS } from '../../cli/api/resources.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { API_VERSION, singular } from '../../schemas/kinds/define.ts';
import { kinds } from '../../schemas/kinds/index.ts';

describe('the resources that need no schema', () => {
  it('are the kinds of the schemas', () => {
    expect(Object.keys(OURS)).toEqual(Object.keys(kinds));
    for (const definition of Object.values(kinds)) {
      expect(OURS[definition.kind as keyof typeof OURS]).toEqual({
        ...resourceOf(definition),
        kind: definition.kind,
        singular: singular(definition),
        shortNames: definition.shortNames,
      });
    }
  });

  it.each(['vm', 'VM', 'virtualmachine', 'virtualmachines', 'virtualmachines.vmctl.dev', 'vm.v1alpha1.vmctl.dev'])(
    '%s is a machine',
    (word) => {
      expect(known(word)).toBe(OURS.VirtualMachine);
    },
  );

  it.each(['', 'pods', 'virtualmachines.kubevirt.io', 'vms', '__proto__', 'constructor', 'toString'])(
    '%j is none of them',
    (word) => {
      expect(known(word)).toBeUndefined();
    },
  );

  it('are found by kind, and shown as kubectl shows them', () => {
    expect(knownKind(API_VERSION, 'VirtualMachineDisk')).toBe(OURS.VirtualMachineDisk);
    expect(knownKind('v1', 'VirtualMachineDisk')).toBeUndefined();
    expect(displayName(OURS.VirtualMachine, 'web')).toBe('virtualmachine.vmctl.dev/web');
    expect(knownKind('v1', 'Secret') && displayName(knownKind('v1', 'Secret') ?? OURS.VirtualMachine, 'x')).toBe(
      'secret/x',
    );
  });
});
