import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { Context } from '../../controller/types.ts';
import { attachedChain } from '../../qemu/block-chain.ts';
import { activeFile } from '../../storage/chain/index.ts';
import { resizeVolume } from '../../storage/qemu-img/index.ts';
import type { Volume } from '../../storage/volume/index.ts';
import { holderOf, requireNoQemu } from '../common/disk-users.ts';

/** Makes a volume larger: through the qemu that has it open, else as a file. @param size bytes */
export async function growDisk(
  context: Context,
  disk: VirtualMachineDisk,
  volume: Volume,
  size: bigint,
): Promise<void> {
  const { machines } = context;
  const holder = holderOf(context, disk);
  const file = await activeFile({ path: volume.path, format: disk.spec.format });
  if (!holder) {
    await resizeVolume(file, size);
    return;
  }
  await machines.exclusive(holder.uid, async () => {
    const qmp = machines.qmp(holder.uid);
    if (!qmp) {
      requireNoQemu(holder.uid, holder.name);
      await resizeVolume(file, size);
      return;
    }
    const [{ node }] = (await attachedChain(qmp, holder.entry)).files;
    await qmp.execute('block_resize', { 'node-name': node, size: Number(size) });
  });
}
