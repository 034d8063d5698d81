import { attachedChains } from '../../qemu/block-chain.ts';
import type { Qmp } from '../../qmp/index.ts';
import { activeFile, setActive, volumeOf } from '../../storage/chain/index.ts';
import { overlayFolder } from '../../storage/chain/layout.ts';
import { isThere } from '../../storage/volume/index.ts';

/**
 * Writes down, before a guest goes on, which file of each disk its qemu writes to. An executor that died between a merge's
 * pivot and its record leaves the guest standing still; to let it go on without the record would be to lose what it writes.
 * @param volumes by the disk's name in the machine, as the machine was started
 */
export async function recordActive(
  qmp: Qmp,
  volumes: Readonly<Record<string, { readonly path: string }>>,
): Promise<void> {
  const chained = new Set<string>();
  for (const { path } of Object.values(volumes)) {
    if (await isThere(overlayFolder(volumeOf(path)))) chained.add(volumeOf(path));
  }
  if (chained.size === 0) return;
  for (const [name, { files }] of await attachedChains(qmp)) {
    const [{ path }] = files;
    const volume = volumeOf(path);
    if (!chained.has(volume) || volumes[name] === undefined) continue;
    const recorded = await activeFile({ path, format: 'qcow2' });
    if (recorded.path !== path) await setActive(path);
  }
}
