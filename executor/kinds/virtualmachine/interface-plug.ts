import { ensureTaps, removeTaps } from '../../network/tap/taps.ts';
import { withPrograms } from '../../network/user.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { interfaceBackend, interfaceDevice } from '../../qemu/identifiers.ts';
import { type Qmp, QmpError } from '../../qmp/index.ts';
import type { ActionOf } from './actions.ts';
import { listDevices } from './disk-plug.ts';
import { writeRecord } from './handle.ts';
import { interfacePlugOf } from './pluggable.ts';
import type { Launched } from './record.ts';
import { connected, type Run } from './run.ts';
import { wantedTaps } from './taps.ts';

/** Changes what is written down of the qemu that runs. */
const note = (run: Run, change: (launched: Launched) => Partial<Launched>): Promise<void> =>
  writeRecord(run, (record) =>
    record.launched ? { ...record, launched: { ...record.launched, ...change(record.launched) } } : record,
  );

/** What the host has of one interface is made what it should be. */
const ensureTap = (run: Run, name: string): Promise<void> => {
  const networks = Object.fromEntries(Object.entries(run.resources.networks).filter(([nic]) => nic === name));
  return ensureTaps(wantedTaps({ ...run, host: run.machines.host, resources: { networks } }));
};

/** Plugs an interface in. Killed at any line, it begins anew: what an earlier attempt left in qemu goes first. */
export async function plugInterface(run: Run, { nic }: ActionOf<'plug-interface'>): Promise<void> {
  const qmp = connected(run);
  const record = await run.handle.record(run.machine);
  const backend = run.resources.networks[nic.name];
  if (!record.launched || !backend) return;
  const devices = await listDevices(qmp);
  if (!devices.includes(interfaceDevice(nic.name))) {
    const parts = { ...run, host: run.machines.host, record };
    const { netdev, device, slots } = interfacePlugOf(parts, record.launched, nic, devices);
    await writeRecord(run, (now) => ({ ...now, slots: { ...now.slots, ...slots } }));
    await ensureTap(run, nic.name);
    await tolerated(qmp.execute('netdev_del', { id: netdev.id }));
    await qmp.execute('netdev_add', netdev);
    await addDevice(qmp, netdev.id, device);
  }
  await qmp.execute('set_link', { name: interfaceDevice(nic.name), up: nic.linkState !== 'Down' });
  await note(run, ({ spec, networks }) => ({
    spec: { ...spec, interfaces: [...(spec.interfaces ?? []), nic] },
    networks: { ...networks, ...withPrograms({ [nic.name]: backend }, run.machines.host.abilities) },
  }));
  run.context.events.record(run.machine, 'Normal', 'InterfaceAttached', `the interface ${nic.name} was plugged in`);
}

async function addDevice(qmp: Qmp, netdev: string, device: { readonly driver: string }): Promise<void> {
  try {
    await qmp.execute('device_add', device);
  } catch (error) {
    await tolerated(qmp.execute('netdev_del', { id: netdev }));
    throw error;
  }
}

/** qemu refuses to ask a guest again that it has just asked; a device that is gone is what is wanted. */
export async function releaseInterface(run: Run, { name }: ActionOf<'release-interface'>): Promise<void> {
  const id = interfaceDevice(name);
  run.handle.releasing.set(id, Date.now());
  await tolerated(connected(run).execute('device_del', { id }));
}

/** The guest has let go: the cable, the tap and the place on the board are free. */
export async function freeInterface(run: Run, { name }: ActionOf<'free-interface'>): Promise<void> {
  const { launched } = await run.handle.record(run.machine);
  const { tap, macvtap } = launched?.networks[name] ?? {};
  const made = tap ?? macvtap;
  await tolerated(connected(run).execute('netdev_del', { id: interfaceBackend(name) }));
  if (made) await removeTaps([made.device]);
  await note(run, ({ spec, networks: { [name]: _gone, ...networks } }) => ({
    spec: { ...spec, interfaces: completeSpec(spec).interfaces.filter((nic) => nic.name !== name) },
    networks,
  }));
  await writeRecord(run, ({ slots: { [interfaceDevice(name)]: _free, ...slots }, ...record }) => ({
    ...record,
    slots,
  }));
  run.handle.releasing.delete(interfaceDevice(name));
  run.context.events.record(run.machine, 'Normal', 'InterfaceDetached', `the guest has let go of ${name}`);
}

/**
 * The tap goes to another bridge, or takes other limits. A guest that comes to another network is shown a cable that is
 * pulled and plugged in, so that it asks for an address there.
 */
export async function setTap(run: Run, { name }: ActionOf<'set-tap'>): Promise<void> {
  const { launched } = await run.handle.record(run.machine);
  const [before, backend] = [launched?.networks[name]?.tap, run.resources.networks[name]];
  const wanted = completeSpec(run.machine.spec).interfaces.find((nic) => nic.name === name);
  if (!backend?.tap || !wanted) return;
  await ensureTap(run, name);
  if (before?.network !== backend.tap.network && wanted.linkState !== 'Down') await replug(connected(run), name);
  const { network, bandwidth, isolated, filter, addresses, forwards } = wanted;
  await note(run, ({ spec, networks }) => ({
    spec: {
      ...spec,
      interfaces: completeSpec(spec).interfaces.map((nic) =>
        nic.name === name ? { ...nic, network, bandwidth, isolated, filter, addresses, forwards } : nic,
      ),
    },
    networks: { ...networks, [name]: backend },
  }));
}

async function replug(qmp: Qmp, name: string): Promise<void> {
  const id = interfaceDevice(name);
  await qmp.execute('set_link', { name: id, up: false });
  await qmp.execute('set_link', { name: id, up: true });
}

/** What qemu refuses because it is done already. */
const tolerated = (work: Promise<unknown>): Promise<void> =>
  work.then(
    () => {},
    (error) => {
      const fine =
        error instanceof QmpError && (error.class === 'DeviceNotFound' || /unplug|not found/i.test(error.desc));
      if (!fine) throw error;
    },
  );
