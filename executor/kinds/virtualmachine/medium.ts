import type { Volume } from '../../qemu/argv.ts';
import { topNode } from '../../qemu/devices/blockdev.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import { diskBackend } from '../../qemu/hotplug.ts';
import { diskDevice } from '../../qemu/identifiers.ts';
import { QmpError } from '../../qmp/index.ts';
import { claimVolumes } from './claims.ts';
import { addBackend, removeBackend } from './disk-plug.ts';
import { lookAt } from './opened.ts';
import type { VolumeFile } from './resources.ts';
import { connected, type Run } from './run.ts';
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
export async function changeMedium(run: Run, disk: Disk, file: VolumeFile | undefined): Promise<Volume | undefined> {
  const qmp = connected(run);
  const id = diskDevice(disk.name);
  await qmp.execute('blockdev-open-tray', { id, force: true });
  await unlessMissing(qmp.execute('blockdev-remove-medium', { id }));
  const volume = file && (await inspectVolumes({ [disk.name]: file }))[disk.name];
  const volumes = volume ? { [disk.name]: volume } : {};
  await removeBackend(qmp, disk.name, undefined);
  const files = await lookAt(volumes);
  await claimVolumes(run.context, run.machine, volumes);
  const backend = diskBackend({ volumes, runDir: run.handle.runDir, host: run.machines.host.abilities }, disk);
  if (backend.nodes.length > 0) {
    await addBackend(run, disk, { volumes, files }, backend);
    await qmp.execute('blockdev-insert-medium', { id, 'node-name': topNode(disk) });
  }
  await qmp.execute('blockdev-close-tray', { id });
  return volume;
}
