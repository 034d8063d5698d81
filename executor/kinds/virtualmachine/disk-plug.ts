import type { Volume } from '../../qemu/argv.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import type { DiskPlug } from '../../qemu/hotplug.ts';
import {
  copyNode,
  diskDevice,
  diskNode,
  fileNode,
  keyObject,
  limitNode,
  throttleGroup,
} from '../../qemu/identifiers.ts';
import { observeQemu } from '../../qemu/process/index.ts';
import { type BlockdevOptions, type Qmp, QmpError } from '../../qmp/index.ts';
import { volumeOf } from '../../storage/chain/index.ts';
import type { ActionOf } from './actions.ts';
import { claimVolumes, releaseVolumes } from './claims.ts';
import { writeRecord } from './handle.ts';
import { type LookedAt, lookAt, openNodes } from './opened.ts';
import { plugOf } from './pluggable.ts';
import type { Launched } from './record.ts';
import { connected, type Run } from './run.ts';
import { secretsOf, withSecrets } from './secrets.ts';
import { inspectVolumes } from './volumes.ts';

const PERIPHERAL = '/machine/peripheral';

/** Ids of the devices that were given one. */
export async function listDevices(qmp: Qmp): Promise<string[]> {
  return (await qmp.execute('qom-list', { path: PERIPHERAL }))
    .map(({ name }) => name)
    .filter((name) => name !== 'type');
}

/** Changes what is written down of the qemu that runs. */
const note = (run: Run, change: (launched: Launched) => Partial<Launched>): Promise<void> =>
  writeRecord(run, (record) =>
    record.launched ? { ...record, launched: { ...record.launched, ...change(record.launched) } } : record,
  );

/**
 * Plugs a disk in. Killed at any line, it begins anew: what an earlier attempt left in qemu goes first, and a device that is
 * there is only written down.
 */
export async function plugDisk(run: Run, { disk }: ActionOf<'plug-disk'>): Promise<void> {
  const qmp = connected(run);
  const record = await run.handle.record(run.machine);
  const { launched } = record;
  if (!launched) return;
  const file = run.resources.volumes[disk.name];
  const volume = file && (await inspectVolumes({ [disk.name]: file }))[disk.name];
  const volumes = volume ? { [disk.name]: volume } : {};
  const devices = await listDevices(qmp);
  const files = await lookAt(volumes);
  await claimVolumes(run.context, run.machine, volumes);
  if (!devices.includes(diskDevice(disk.name))) {
    const parts = { ...run, host: run.machines.host, record };
    const { objects, nodes, devices: added, slots } = plugOf(parts, launched, disk, volume, devices);
    await writeRecord(run, (now) => ({ ...now, slots: { ...now.slots, ...slots } }));
    await removeBackend(qmp, disk.name, volume?.path);
    try {
      await addBackend(run, disk, { volumes, files }, { objects, nodes });
      for (const device of added) await qmp.execute('device_add', device);
    } catch (error) {
      await removeBackend(qmp, disk.name, volume?.path);
      await releaseVolumes(run.context, run.handle.uid, volumes);
      throw error;
    }
  }
  await note(run, ({ spec, volumes: before }) => ({
    spec: { ...spec, disks: [...(spec.disks ?? []), disk] },
    volumes: { ...before, ...volumes },
  }));
  run.context.events.record(run.machine, 'Normal', 'DiskAttached', `the disk ${disk.name} was plugged in`);
}

/** qemu reads passphrases as it is given the objects that name their files. */
export async function addBackend(
  run: Run,
  disk: Disk,
  { volumes, files }: { readonly volumes: Readonly<Record<string, Volume>>; readonly files: LookedAt },
  { objects, nodes }: Pick<DiskPlug, 'objects' | 'nodes'>,
): Promise<void> {
  const qmp = connected(run);
  const place = {
    context: run.context,
    machine: run.machine,
    runDir: run.handle.runDir,
    user: run.machines.host.user.user,
  };
  await withSecrets(place, secretsOf([disk], volumes), async () => {
    for (const object of objects) await qmp.execute('object-add', object);
    await openNodes(qmp, await pidOf(run), nodes as readonly BlockdevOptions[], files);
  });
}

async function pidOf({ handle }: Run): Promise<number> {
  const qemu = await observeQemu({ runDir: handle.runDir, uuid: handle.uid });
  if (qemu.state === 'gone') throw new Error('qemu has just ended');
  return qemu.pid;
}

/** qemu refuses to ask a guest again that it has just asked; a device that is gone is what is wanted. */
export async function releaseDisk(run: Run, { name }: ActionOf<'release-disk'>): Promise<void> {
  run.handle.releasing.set(name, Date.now());
  await connected(run)
    .execute('device_del', { id: diskDevice(name) })
    .catch((error) => {
      const fine = error instanceof QmpError && (error.class === 'DeviceNotFound' || /unplug/.test(error.desc));
      if (!fine) throw error;
    });
}

/** Takes away what qemu has of a disk whose device is gone, then our claim on its volume. */
export async function freeDisk(run: Run, { name }: ActionOf<'free-disk'>): Promise<void> {
  const { launched } = await run.handle.record(run.machine);
  const volume = launched?.volumes[name];
  await removeBackend(connected(run), name, volume?.path);
  if (volume) await releaseVolumes(run.context, run.handle.uid, { [name]: volume });
  await note(run, ({ spec, volumes: { [name]: _gone, ...volumes } }) => ({
    spec: { ...spec, disks: completeSpec(spec).disks.filter((disk) => disk.name !== name) },
    volumes,
  }));
  await writeRecord(run, (record) => ({ ...record, slots: withoutPlace(record.slots, diskDevice(name)) }));
  run.handle.releasing.delete(name);
  run.context.events.record(run.machine, 'Normal', 'DiskDetached', `the guest has let go of the disk ${name}`);
}

const withoutPlace = (slots: Readonly<Record<string, string>>, id: string): Record<string, string> =>
  Object.fromEntries(Object.entries(slots).filter(([key]) => key !== id && key !== `unit/${id}`));

/** Removes nodes from above; external snapshots have put others between ours. What is not there needs no removal. */
export async function removeBackend(qmp: Qmp, name: string, path: string | undefined): Promise<void> {
  const ours = [copyNode(name), limitNode(name), diskNode(name), fileNode(name)];
  const volume = path === undefined ? undefined : volumeOf(path);
  for (let progress = true; progress; ) {
    progress = false;
    const nodes = await qmp.execute('query-named-block-nodes', { flat: true });
    for (const node of nodes) {
      const id = node['node-name'] ?? '';
      const isOurs =
        ours.includes(id) || (volume !== undefined && !id.startsWith('#') && volumeOf(node.file) === volume);
      if (isOurs && (await removed(qmp.execute('blockdev-del', { 'node-name': id })))) progress = true;
    }
  }
  for (const id of [throttleGroup(name), keyObject(name)]) await removed(qmp.execute('object-del', { id }));
}

/** Whether qemu did it; it refuses for what is in use, and for what is gone. */
const removed = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    (error) => {
      if (error instanceof QmpError) return false;
      throw error;
    },
  );
