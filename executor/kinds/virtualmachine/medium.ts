import type { Volume } from '../../qemu/argv.ts';
import { blockNodes, topNode } from '../../qemu/devices/blockdev.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import { diskDevice, diskNode, fileNode, limitNode } from '../../qemu/identifiers.ts';
import { type BlockdevOptions, type Qmp, QmpError } from '../../qmp/index.ts';
import type { VolumeFile } from './resources.ts';
import { inspectVolumes } from './volumes.ts';

/** What is not there any more needs no removal. */
async function unlessMissing(work: Promise<unknown>): Promise<void> {
  await work.catch((error) => {
    if (!(error instanceof QmpError)) throw error;
  });
}

/**
 * Changes what is in a drive, whatever is in it now; safe to repeat from any point. The guest's lock on the tray is
 * not asked for: who ejects here stands before the machine.
 * @returns what is in it now
 */
export async function changeMedium(qmp: Qmp, disk: Disk, file: VolumeFile | undefined): Promise<Volume | undefined> {
  const id = diskDevice(disk.name);
  await qmp.execute('blockdev-open-tray', { id, force: true });
  await unlessMissing(qmp.execute('blockdev-remove-medium', { id }));
  for (const node of [limitNode(disk.name), diskNode(disk.name), fileNode(disk.name)]) {
    await unlessMissing(qmp.execute('blockdev-del', { 'node-name': node }));
  }
  const volume = file && (await inspectVolumes({ [disk.name]: file }))[disk.name];
  if (volume) {
    for (const node of blockNodes(disk, volume)) await qmp.execute('blockdev-add', node as BlockdevOptions);
    await qmp.execute('blockdev-insert-medium', { id, 'node-name': topNode(disk) });
  }
  await qmp.execute('blockdev-close-tray', { id });
  return volume;
}
