import { readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Where a SCSI device is on its node: libvirt's `scsi_host0` is the adapter with the number 0. */
export interface ScsiPlace {
  readonly adapter?: string | undefined;
  readonly bus?: number | undefined;
  readonly target?: number | undefined;
  readonly unit?: number | undefined;
}

const CLASS = '/sys/class/scsi_generic';
const ADAPTER = /^scsi_host([0-9]+)$/;

/** Generic devices of this node by their places, `0:0:2:0`. None where the kernel has no SCSI. */
function listDevices(root: string): Map<string, string> {
  try {
    return new Map(readdirSync(root).map((name) => [basename(readlinkSync(join(root, name, 'device'))), name]));
  } catch {
    return new Map();
  }
}

/** The generic devices, `/dev/sg3`, at these places, by the names that they go by. Those that are not there are left out. */
export function findScsiDevices(wanted: Readonly<Record<string, ScsiPlace>>, root = CLASS): Record<string, string> {
  if (Object.keys(wanted).length === 0) return {};
  const there = listDevices(root);
  const found = Object.entries(wanted).flatMap(([name, { adapter = '', bus = 0, target = 0, unit = 0 }]) => {
    const [, number] = ADAPTER.exec(adapter) ?? [];
    const device = number === undefined ? undefined : there.get([number, bus, target, unit].join(':'));
    return device === undefined ? [] : [[name, `/dev/${device}`] as const];
  });
  return Object.fromEntries(found);
}
