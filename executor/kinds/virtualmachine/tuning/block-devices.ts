import { stat } from 'node:fs/promises';
import type { VirtualMachineSpec } from '../../../../schemas/kinds/virtual-machine.ts';
import { deviceNumber } from '../../../host/device-number.ts';
import { Refusal } from '../../../qemu/refusal.ts';
import type { Limit } from './limit.ts';

type Device = NonNullable<NonNullable<VirtualMachineSpec['tuning']>['ioDevices']>[number];
type Rate = 'readBytesPerSecond' | 'writeBytesPerSecond' | 'readIops' | 'writeIops';

/** The kernel's names of a rate: a file of the first version, a word in io.max of the second. */
const RATES = {
  readBytesPerSecond: ['blkio.throttle.read_bps_device', 'rbps'],
  writeBytesPerSecond: ['blkio.throttle.write_bps_device', 'wbps'],
  readIops: ['blkio.throttle.read_iops_device', 'riops'],
  writeIops: ['blkio.throttle.write_iops_device', 'wiops'],
} as const satisfies Record<Rate, readonly [string, string]>;

const WEIGHTS = {
  v1: ['blkio.weight_device', 'blkio.bfq.weight_device'],
  v2: ['io.weight', 'io.bfq.weight'],
} as const;

const io = (files: readonly string[], value: string): Limit => ({ field: 'ioDevices', controller: 'io', files, value });

/**
 * Weights and limits on block devices of the node. Pure. 0 is no limit, as it is for libvirt.
 * Source: Documentation/admin-guide/cgroup-v1/blkio-controller.rst, cgroup-v2.rst (io.max)
 * @param numbers `major:minor` of each device, by its path
 */
export function deviceLimits(
  devices: readonly Device[],
  version: 'v1' | 'v2',
  numbers: ReadonlyMap<string, string>,
): Limit[] {
  return devices.flatMap((device) => {
    const number = numbers.get(device.path) ?? '';
    const rates = (Object.keys(RATES) as Rate[]).filter((rate) => device[rate] !== undefined);
    const weight = device.weight ? [io(WEIGHTS[version], `${number} ${device.weight}`)] : [];
    if (version === 'v1') return [...weight, ...rates.map((rate) => io([RATES[rate][0]], `${number} ${device[rate]}`))];
    const words = rates.map((rate) => `${RATES[rate][1]}=${device[rate] || 'max'}`);
    return words.length === 0 ? weight : [...weight, io(['io.max'], `${number} ${words.join(' ')}`)];
  });
}

/** `major:minor` of each device. @throws Refusal for a path that is none */
export async function findNumbers(devices: readonly Device[]): Promise<Map<string, string>> {
  const found = await Promise.all(
    devices.map(async ({ path }) => {
      const about = await stat(path, { bigint: true }).catch(() => undefined);
      if (about?.isBlockDevice()) return [path, deviceNumber(about.rdev)] as const;
      const why = about ? 'is no block device' : 'is not there';
      throw new Refusal('TuningFailed', 'spec.tuning.ioDevices', `${path} ${why}; see the node's with: lsblk --paths`);
    }),
  );
  return new Map(found);
}
