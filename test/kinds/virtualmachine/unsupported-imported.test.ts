import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyse } from '../../../analyser/index.ts';
import { unsupportedFields } from '../../../executor/kinds/virtualmachine/unsupported.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

function unsupportedOf(fixture: string): string[] {
  const path = join(import.meta.dirname, '..', '..', 'fixtures', 'libvirt', fixture);
  const [machine] = analyse(readFileSync(path, 'utf8')).objects as [VirtualMachine];
  const spec = kinds.VirtualMachine.spec.parse(machine.spec);
  return unsupportedFields({ ...machine, spec }, { extraArguments: false });
}

test('what libvirt does beside qemu for interfaces, and the executor does not, is named', () => {
  expect(unsupportedOf('interfaces.xml')).toEqual(['spec.interfaces[].vlan', 'spec.interfaces[].coalesceFrames']);
});

test('the same for devices of the host and disks', () => {
  expect(unsupportedOf('host-devices.xml')).toEqual([
    'spec.hostDevices[].pci.writeFiltering',
    'spec.hostDevices[].usb.startupPolicy',
  ]);
  expect(unsupportedOf('disks.xml')).toEqual(['spec.disks[].rawIo', 'spec.disks[].source.nvme.managed']);
});

test('a machine of plain devices has nothing of the kind', () => {
  expect(unsupportedOf('minimal.xml')).toEqual([]);
});
