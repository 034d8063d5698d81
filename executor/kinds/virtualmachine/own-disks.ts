import { API_VERSION } from '../../../schemas/kinds/define.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import type { DiskDraft } from './actions.ts';
import { ownDiskName } from './disk-owner.ts';

type DiskSpec = DiskDraft['spec'];

/** What a disk of the machine's own is made from; nothing for one that is only referred to. */
function template(disk: Disk): DiskSpec | undefined {
  const common = { preallocation: 'Off', reclaimPolicy: 'Delete' } as const;
  if (disk.blank) {
    const { size, pool, format, encryption } = disk.blank;
    return { pool, size, format, source: { blank: {} }, ...(encryption && { encryption }), ...common };
  }
  if (!disk.image || disk.device === 'cdrom') return undefined;
  const { name, pool, size, encryption } = disk.image;
  return {
    pool,
    ...(size !== undefined && { size }),
    format: 'qcow2',
    source: { image: { name } },
    ...(encryption && { encryption }),
    ...common,
  };
}

/** The disks that a machine's spec has templates of: owned by it, so that they go when it goes. */
export function ownDisks(machine: VirtualMachine): DiskDraft[] {
  const { name, namespace = 'default', uid = '' } = machine.metadata;
  const owner = { apiVersion: API_VERSION, kind: 'VirtualMachine', name, uid, controller: true };
  return (machine.spec.disks ?? []).flatMap((disk) => {
    const spec = template(disk);
    if (!spec) return [];
    const metadata = { name: ownDiskName(name, disk.name), namespace, ownerReferences: [owner] };
    return [{ apiVersion: API_VERSION, kind: 'VirtualMachineDisk', metadata, spec }];
  });
}

export const missingDisks = (machine: VirtualMachine, store: Store): DiskDraft[] =>
  ownDisks(machine).filter(
    ({ metadata: { namespace = 'default', name } }) =>
      store.get('VirtualMachineDisk', { namespace, name }) === undefined,
  );
