import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findScsiDevices } from '../../executor/host/scsi-generic.ts';
import { applyWrites, observeFunction, planGiveBack, planTake } from '../../executor/host/vfio.ts';
import { lockedBytes, wantedFunctions } from '../../executor/kinds/virtualmachine/host-functions.ts';
import { launchCommand } from '../../executor/qemu/process/launch.ts';
import { temporaryFolder } from '../fixtures/guests/machine.ts';

const GPU = '0000:65:00.0';
const SOUND = '0000:65:00.1';
let bus: string;

/** As sysfs shows it: hosts with an IOMMU are rare where tests run. */
async function addFunction(address: string, driver: string | undefined, group = '7'): Promise<void> {
  const folder = join(bus, 'devices', address);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'driver_override'), '(null)\n');
  if (driver !== undefined) {
    await mkdir(join(bus, 'drivers', driver), { recursive: true });
    await symlink(join(bus, 'drivers', driver), join(folder, 'driver'));
  }
  await mkdir(join(bus, 'groups', group, 'devices', address), { recursive: true });
  await symlink(join(bus, 'groups', group), join(folder, 'iommu_group'));
}

beforeEach(async () => {
  bus = await temporaryFolder();
});
afterEach(() => rm(bus, { recursive: true }));

const wanted = (managed: boolean) => ({ address: GPU, managed, driver: 'vfio-pci' });

test('a function goes to VFIO and back, by an override, a release and a probe', async () => {
  await addFunction(GPU, 'nouveau');
  const seen = await observeFunction(GPU, bus);
  expect(seen).toEqual({ address: GPU, driver: 'nouveau', group: '7', neighbours: [] });
  const taken = planTake(wanted(true), seen);
  expect(taken).toEqual({
    writes: [
      { path: `devices/${GPU}/driver_override`, value: 'vfio-pci' },
      { path: `devices/${GPU}/driver/unbind`, value: GPU },
      { path: 'drivers_probe', value: GPU },
    ],
  });
  await applyWrites('writes' in taken ? taken.writes : [], bus);
  expect(await readFile(join(bus, 'drivers/nouveau/unbind'), 'utf8')).toBe(GPU);
  const back = planGiveBack({ address: GPU, driver: 'vfio-pci', override: 'vfio-pci', neighbours: [] }, 'vfio-pci');
  expect(back.map(({ path, value }) => [path, value])).toEqual([
    [`devices/${GPU}/driver_override`, '\n'],
    [`devices/${GPU}/driver/unbind`, GPU],
    ['drivers_probe', GPU],
  ]);
  expect(planGiveBack({ address: GPU, driver: 'nouveau', neighbours: [] }, 'vfio-pci')).toEqual([]);
});

test('what cannot be given is told: missing, bound, without IOMMU, in one group with others', async () => {
  expect(planTake(wanted(true), await observeFunction(GPU, bus))).toMatchObject({ reason: 'DeviceMissing' });
  await addFunction(GPU, 'nouveau');
  expect(planTake(wanted(false), await observeFunction(GPU, bus))).toMatchObject({
    reason: 'DeviceBound',
    message: expect.stringContaining('has the driver nouveau'),
  });
  const none = { address: GPU, neighbours: [] };
  expect(planTake(wanted(true), none)).toMatchObject({ reason: 'HostDeviceUnavailable' });
  await addFunction(SOUND, 'snd_hda_intel');
  expect(planTake(wanted(true), await observeFunction(GPU, bus))).toMatchObject({
    reason: 'DeviceShared',
    message: expect.stringContaining(`${SOUND} (snd_hda_intel)`),
  });
  const bridge = { address: GPU, driver: 'vfio-pci', group: '7', neighbours: [{ address: SOUND, driver: 'pcieport' }] };
  expect(planTake(wanted(false), bridge)).toEqual({ writes: [] });
});

test('a machine names its functions, and may lock its memory for them', () => {
  const pci = { address: GPU };
  const memory = { size: '2Gi' };
  const spec = { memory, hostDevices: [{ name: 'gpu', pci }], interfaces: [] } as never;
  expect(wantedFunctions(spec)).toEqual([
    { field: 'spec.hostDevices[gpu].pci', address: GPU, managed: true, driver: 'vfio-pci' },
  ]);
  expect(lockedBytes(spec)).toBe(3n * 1024n ** 3n);
  expect(lockedBytes({ memory } as never)).toBeUndefined();
  const user = { uid: 1, gid: 1, groups: [] };
  expect(launchCommand(['qemu'], { user, lockedBytes: 4096n }).slice(0, 4)).toEqual([
    'prlimit',
    '--memlock=4096:4096',
    '--',
    'setpriv',
  ]);
});

test('a SCSI device of the node is found by its place', async () => {
  await mkdir(join(bus, 'class/sg3'), { recursive: true });
  await symlink('../../devices/2:0:1:5', join(bus, 'class/sg3/device'));
  const place = { adapter: 'scsi_host2', bus: 0, target: 1, unit: 5 };
  const found = findScsiDevices({ tape: place, gone: { ...place, unit: 6 } }, join(bus, 'class'));
  expect(found).toEqual({ tape: '/dev/sg3' });
  expect(findScsiDevices({ tape: place }, join(bus, 'none'))).toEqual({});
});
