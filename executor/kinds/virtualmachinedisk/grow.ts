import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { Context } from '../../controller/types.ts';
import { attachedChain } from '../../qemu/block-chain.ts';
import { activeFile } from '../../storage/chain/index.ts';
import { resizeVolume } from '../../storage/qemu-img/index.ts';
import type { Volume } from '../../storage/volume/index.ts';
import { holderOf, requireNoQemu } from '../common/disk-users.ts';
import { namespaceOf } from '../common/object.ts';
import { unlocking } from '../common/passphrase.ts';
import { requireFree } from '../common/writers.ts';

/** Makes a volume larger: through the qemu that has it open, else as a file. @param size bytes */
export async function growDisk(
  context: Context,
  disk: VirtualMachineDisk,
  volume: Volume,
  size: bigint,
): Promise<void> {
  const { machines } = context;
  const holder = holderOf(context, disk);
  const active = await activeFile({ path: volume.path, format: disk.spec.format });
  const resize = async () =>
    resizeVolume({ ...active, ...(await unlocking(context, namespaceOf(disk), disk.spec.encryption)) }, size);
  if (!holder) {
    await requireFree(context, volume.path);
    await resize();
    return;
  }
  await machines.exclusive(holder.uid, async () => {
    const qmp = machines.qmp(holder.uid);
    if (!qmp) {
      requireNoQemu(holder.uid, holder.name);
      await resize();
      return;
    }
    // A filter above the volume passes the size on, and tells the guest of it, only if it is the one that is asked.
    const { root } = await attachedChain(qmp, holder.entry);
    await qmp.execute('block_resize', { 'node-name': root, size: Number(size) });
  });
}
