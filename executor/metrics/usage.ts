import { readFile } from 'node:fs/promises';
import type { Launched } from '../kinds/virtualmachine/record.ts';
import { diskDevice } from '../qemu/identifiers.ts';
import type { NetworkBackend } from '../qemu/input.ts';
import type { BlockStats } from '../qmp/commands/index.ts';
import type { Qmp } from '../qmp/index.ts';

/** What a running machine has used since qemu was started, as counters, and what it holds. */
export interface Usage {
  /** Seconds of all its processors, and of qemu's own work. */
  readonly cpuSeconds: number;
  readonly cpus: number;
  /** Bytes of the host's memory that qemu holds. */
  readonly residentBytes: number;
  /** Bytes of memory that the guest was started with. */
  readonly memoryBytes: number;
  readonly disks: readonly DiskUsage[];
  /** Those that the host can count: not on a network of qemu's own. */
  readonly interfaces: readonly InterfaceUsage[];
}

export interface DiskUsage {
  readonly name: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly readRequests: number;
  readonly writeRequests: number;
}

/** As the guest sees it: what it received and what it sent. */
export interface InterfaceUsage {
  readonly name: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly sentPackets: number;
}

/** `getconf CLK_TCK`, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** Seconds of user and system time in `/proc/PID/stat`; the name before them may hold anything. See proc(5). */
export function cpuSecondsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Counters of each of the machine's disks: qemu names it by the device's path. */
export function diskUsage(stats: readonly BlockStats[], names: readonly string[]): DiskUsage[] {
  return names.flatMap((name) => {
    const device = diskDevice(name);
    const found = stats.find(({ qdev = '' }) => qdev.split('/').includes(device));
    if (!found) return [];
    const { rd_bytes, wr_bytes, rd_operations, wr_operations } = found.stats;
    return [
      { name, readBytes: rd_bytes, writtenBytes: wr_bytes, readRequests: rd_operations, writeRequests: wr_operations },
    ];
  });
}

async function tapUsage(name: string, { tap }: NetworkBackend): Promise<InterfaceUsage[]> {
  if (!tap) return [];
  const read = async (counter: string) =>
    Number(await readFile(`/sys/class/net/${tap.device}/statistics/${counter}`, 'utf8'));
  try {
    // What the host's end sends is what the guest receives.
    const [receivedBytes, sentBytes, receivedPackets, sentPackets] = await Promise.all([
      read('tx_bytes'),
      read('rx_bytes'),
      read('tx_packets'),
      read('rx_packets'),
    ]);
    return [{ name, receivedBytes, sentBytes, receivedPackets, sentPackets }];
  } catch {
    // It is being unplugged.
    return [];
  }
}

/** Looks at a machine that runs. @throws when it ends meanwhile */
export async function observeUsage(qmp: Qmp, pid: number, launched: Launched): Promise<Usage> {
  const [stat, statm, stats, cpus, interfaces] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/statm`, 'utf8'),
    qmp.execute('query-blockstats', {}),
    qmp.execute('query-cpus-fast'),
    Promise.all(Object.entries(launched.networks).map(([name, backend]) => tapUsage(name, backend))),
  ]);
  return {
    cpuSeconds: cpuSecondsOf(stat),
    cpus: cpus.length,
    residentBytes: Number(statm.split(' ')[1]) * PAGE_BYTES,
    memoryBytes: launched.memoryBytes,
    disks: diskUsage(
      stats,
      (launched.spec.disks ?? []).map(({ name }) => name),
    ),
    interfaces: interfaces.flat(),
  };
}
