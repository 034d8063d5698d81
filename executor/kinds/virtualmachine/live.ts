import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import { hostForward } from '../../qemu/devices/interface.ts';
import { deviceLimits, throttleLimits } from '../../qemu/devices/throttle.ts';
import { diskDevice, interfaceBackend, interfaceDevice, throttleGroup } from '../../qemu/identifiers.ts';
import { type Qmp, QmpError } from '../../qmp/index.ts';
import type { ActionOf } from './actions.ts';
import { releaseVolumes } from './claims.ts';
import { freeDisk, plugDisk, releaseDisk } from './disk-plug.ts';
import { writeRecord } from './handle.ts';
import { freeInterface, plugInterface, releaseInterface, setTap } from './interface-plug.ts';
import { changeMedium } from './medium.ts';
import { requireNewFree, serveUser } from './passt.ts';
import type { Launched } from './record.ts';
import { connected, type Run } from './run.ts';
import { setSeed } from './seed.ts';
import { closeStrays } from './stray-forwards.ts';

type Spec = VirtualMachine['spec'];

/** Notes that a running machine now has something of the wanted spec, so that it is no longer a difference. */
const accept = (run: Run, change: (launched: Launched, wanted: Spec) => Partial<Launched>): Promise<void> =>
  writeRecord(run, (record) =>
    record.launched
      ? { ...record, launched: { ...record.launched, ...change(record.launched, run.machine.spec) } }
      : record,
  );

/** A spec with one disk replaced by what it should be. */
function withDisk(spec: Spec, disk: Disk): Spec {
  return { ...spec, disks: (spec.disks ?? []).map((item) => (item.name === disk.name ? disk : item)) };
}

/** Changes to a machine that runs. Each is tried again with the next look if it fails. */
export const LIVE = {
  'set-link': async (run: Run, { name, up }: ActionOf<'set-link'>): Promise<void> => {
    await connected(run).execute('set_link', { name: interfaceDevice(name), up });
    run.handle.hurryGuest();
    await accept(run, ({ spec }) => ({ spec: withInterface(spec, name, { linkState: up ? 'Up' : 'Down' }) }));
  },
  'set-limits': async (run: Run, { disk }: ActionOf<'set-limits'>): Promise<void> => {
    await setLimits(connected(run), disk);
    await accept(run, ({ spec }) => ({ spec: withIotune(spec, disk) }));
  },
  'plug-disk': plugDisk,
  'release-disk': releaseDisk,
  'free-disk': freeDisk,
  'plug-interface': plugInterface,
  'release-interface': releaseInterface,
  'free-interface': freeInterface,
  'set-tap': setTap,
  'serve-user': serveUser,
  'close-strays': closeStrays,
  'set-seed': setSeed,
  'set-balloon': async (run: Run, { bytes }: ActionOf<'set-balloon'>): Promise<void> => {
    await connected(run).execute('balloon', { value: bytes });
    await accept(run, ({ spec }, { memory: { size, current } }) => ({
      spec: { ...spec, memory: { ...spec.memory, size, current } },
    }));
  },
  'set-medium': async (run: Run, { disk }: ActionOf<'set-medium'>): Promise<void> => {
    const { launched } = await run.handle.record(run.machine);
    const before = launched?.volumes[disk.name];
    const volume = await changeMedium(run, disk, run.resources.volumes[disk.name]);
    if (before && before.path !== volume?.path)
      await releaseVolumes(run.context, run.handle.uid, { [disk.name]: before });
    await accept(run, ({ spec, volumes }) => {
      const { [disk.name]: _before, ...others } = volumes;
      return { spec: withDisk(spec, disk), volumes: volume ? { ...others, [disk.name]: volume } : others };
    });
  },
  'set-forwards': async (run: Run, { name, remove, add }: ActionOf<'set-forwards'>): Promise<void> => {
    const { launched } = await run.handle.record(run.machine);
    const before = launched?.networks[name]?.user;
    // What passt forwards is said when it is started, which the next look does where this differs.
    if (before?.program === 'Passt') await requireNewFree(before, add);
    else await forwardLive(connected(run), interfaceBackend(name), { remove, add });
    const user = run.resources.networks[name]?.user;
    const forwards = run.machine.spec.interfaces?.find((nic) => nic.name === name)?.forwards;
    await accept(run, ({ spec, networks }) => ({
      spec: withInterface(spec, name, { forwards }),
      networks: user ? { ...networks, [name]: { user: { ...before, forwards: user.forwards } } } : networks,
    }));
  },
};

type Forwards = Pick<ActionOf<'set-forwards'>, 'remove' | 'add'>;

/** slirp takes forwards while it runs. */
async function forwardLive(qmp: Qmp, netdev: string, { remove, add }: Forwards): Promise<void> {
  for (const forward of remove)
    await forwarding(qmp, `hostfwd_remove ${netdev} ${hostForward(forward).split('-:')[0]}`);
  for (const forward of add) await forwarding(qmp, `hostfwd_add ${netdev} ${hostForward(forward)}`);
}

type Nic = NonNullable<Spec['interfaces']>[number];

function withInterface(spec: Spec, name: string, change: Partial<Nic>): Spec {
  return {
    ...spec,
    interfaces: (spec.interfaces ?? []).map((nic) => (nic.name === name ? { ...nic, ...change } : nic)),
  };
}

function withIotune(spec: Spec, { name, iotune }: Disk): Spec {
  const disks = (spec.disks ?? []).map((disk) => (disk.name === name ? { ...disk, iotune } : disk));
  return { ...spec, disks };
}

/** The human monitor answers a failure with words, and a removal with words as well. */
async function forwarding(qmp: Qmp, line: string): Promise<void> {
  const words = (await qmp.execute('human-monitor-command', { 'command-line': line })).trim();
  const fine = words === '' || /(removed|not found)$/.test(words);
  if (!fine) throw new Error(words);
}

/** Through the group that the disk started with; one that started without limits takes them at its device. */
async function setLimits(qmp: Qmp, disk: Disk): Promise<void> {
  const iotune = disk.iotune ?? {};
  try {
    const path = `/objects/${throttleGroup(disk.name)}`;
    await qmp.execute('qom-set', { path, property: 'limits', value: throttleLimits(iotune) });
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    await qmp.execute('block_set_io_throttle', { id: await backendOf(qmp, disk), ...deviceLimits(iotune) });
  }
}

/** Where the device that has the disk's content is: of a virtio disk, a part of the one that bears its name. */
async function backendOf(qmp: Qmp, { name }: Disk): Promise<string> {
  const path = `/machine/peripheral/${diskDevice(name)}`;
  const devices = await qmp.execute('query-block');
  return devices.find(({ qdev }) => qdev === path || qdev?.startsWith(`${path}/`))?.qdev ?? path;
}
