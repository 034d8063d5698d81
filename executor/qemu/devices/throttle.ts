import { LIMITS, type Limit } from '../../../schemas/kinds/machine/iotune.ts';
import type { Disk } from './disk-bus.ts';

export type Iotune = NonNullable<Disk['iotune']>;

/** qemu's names of a limit: of throttle groups (docs/throttle.txt), and of `block_set_io_throttle`, which is older. */
const NAMES = {
  totalBytesPerSecond: { group: 'bps-total', device: 'bps', burst: 'bps_max' },
  readBytesPerSecond: { group: 'bps-read', device: 'bps_rd', burst: 'bps_rd_max' },
  writeBytesPerSecond: { group: 'bps-write', device: 'bps_wr', burst: 'bps_wr_max' },
  totalIops: { group: 'iops-total', device: 'iops', burst: 'iops_max' },
  readIops: { group: 'iops-read', device: 'iops_rd', burst: 'iops_rd_max' },
  writeIops: { group: 'iops-write', device: 'iops_wr', burst: 'iops_wr_max' },
} satisfies Record<Limit, { group: string; device: string; burst: string }>;

/** qemu has no burst of no length. */
const SHORTEST_SECONDS = 1;

/** Limits that a throttle group starts with: those that are wanted. */
export const wantedLimits = (iotune: Iotune): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(throttleLimits(iotune)).filter(
      ([name, value]) => value > (name.endsWith('-length') ? SHORTEST_SECONDS : 0),
    ),
  );

/** Limits as a throttle group has them; all of them, so that what is no longer wanted is put back to none. */
export function throttleLimits(iotune: Iotune): Readonly<Record<string, number>> {
  const limits = LIMITS.flatMap((name) => {
    const { group } = NAMES[name];
    return [
      [group, iotune[name] ?? 0],
      [`${group}-max`, iotune[`${name}Max`] ?? 0],
      [`${group}-max-length`, iotune[`${name}MaxLengthSeconds`] ?? SHORTEST_SECONDS],
    ] as const;
  });
  return { ...Object.fromEntries(limits), 'iops-size': iotune.iopsSizeBytes ?? 0 };
}

/** The same for `block_set_io_throttle`, which a disk that was started without limits takes them by. */
export function deviceLimits(iotune: Iotune): Readonly<Record<string, number>> {
  const limits = LIMITS.flatMap((name) => {
    const { device, burst } = NAMES[name];
    return [
      [device, iotune[name] ?? 0],
      [burst, iotune[`${name}Max`] ?? 0],
      [`${burst}_length`, iotune[`${name}MaxLengthSeconds`] ?? SHORTEST_SECONDS],
    ] as const;
  });
  return { ...Object.fromEntries(limits), iops_size: iotune.iopsSizeBytes ?? 0 };
}
