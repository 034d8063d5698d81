import type { VirtualMachineStoragePool } from '../../schemas/kinds/storage-pool.ts';
import { parseSize } from '../../schemas/types/size.ts';
import type { Family, Labels, Sample } from './exposition.ts';
import type { MachineUsage } from './machines.ts';
import type { DiskUsage, InterfaceUsage, Usage } from './usage.ts';

const labelsOf = ({ machine }: MachineUsage): Labels => ({
  namespace: machine.metadata.namespace ?? 'default',
  name: machine.metadata.name,
});

interface Measure<T> {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly value: (of: T) => number;
}

const MACHINE: readonly Measure<Usage>[] = [
  {
    name: 'cpu_seconds_total',
    help: 'Processor time of qemu, the guest included.',
    type: 'counter',
    value: (it) => it.cpuSeconds,
  },
  { name: 'cpus', help: 'Virtual processors.', type: 'gauge', value: (it) => it.cpus },
  {
    name: 'memory_resident_bytes',
    help: "The host's memory that qemu holds.",
    type: 'gauge',
    value: (it) => it.residentBytes,
  },
  {
    name: 'memory_size_bytes',
    help: 'Memory that the guest was started with.',
    type: 'gauge',
    value: (it) => it.memoryBytes,
  },
];

const DISK: readonly Measure<DiskUsage>[] = [
  { name: 'disk_read_bytes_total', help: 'Bytes read.', type: 'counter', value: (it) => it.readBytes },
  { name: 'disk_written_bytes_total', help: 'Bytes written.', type: 'counter', value: (it) => it.writtenBytes },
  { name: 'disk_read_requests_total', help: 'Reads.', type: 'counter', value: (it) => it.readRequests },
  { name: 'disk_write_requests_total', help: 'Writes.', type: 'counter', value: (it) => it.writeRequests },
];

const INTERFACE: readonly Measure<InterfaceUsage>[] = [
  {
    name: 'network_received_bytes_total',
    help: 'Bytes that the guest received.',
    type: 'counter',
    value: (it) => it.receivedBytes,
  },
  {
    name: 'network_sent_bytes_total',
    help: 'Bytes that the guest sent.',
    type: 'counter',
    value: (it) => it.sentBytes,
  },
  {
    name: 'network_received_packets_total',
    help: 'Packets that the guest received.',
    type: 'counter',
    value: (it) => it.receivedPackets,
  },
  {
    name: 'network_sent_packets_total',
    help: 'Packets that the guest sent.',
    type: 'counter',
    value: (it) => it.sentPackets,
  },
];

const family = <T>({ name, help, type }: Measure<T>, samples: readonly Sample[]): Family => ({
  ...{ name: `vmctl_machine_${name}`, help, type, samples },
});

/** Families of the machines that run: what is not there any more has no series. Pure. */
export const machineFamilies = (machines: readonly MachineUsage[]): Family[] => [
  ...MACHINE.map((measure) =>
    family(
      measure,
      machines.map((it) => ({ labels: labelsOf(it), value: measure.value(it.usage) })),
    ),
  ),
  ...DISK.map((measure) =>
    family(
      measure,
      machines.flatMap((it) =>
        it.usage.disks.map((disk) => ({ labels: { ...labelsOf(it), disk: disk.name }, value: measure.value(disk) })),
      ),
    ),
  ),
  ...INTERFACE.map((measure) =>
    family(
      measure,
      machines.flatMap((it) =>
        it.usage.interfaces.map((nic) => ({
          labels: { ...labelsOf(it), interface: nic.name },
          value: measure.value(nic),
        })),
      ),
    ),
  ),
];

const POOL = {
  capacity: 'Size of its file system.',
  available: 'Space left.',
  committed: 'What its volumes may grow to.',
};

/** Families of the pools as this node sees them. Pure. */
export function poolFamilies(pools: readonly VirtualMachineStoragePool[], nodeName: string): Family[] {
  return (Object.keys(POOL) as (keyof typeof POOL)[]).map((field) => ({
    name: `vmctl_pool_${field}_bytes`,
    help: POOL[field],
    type: 'gauge',
    samples: pools.flatMap(({ metadata, status }) => {
      const size = status?.nodes?.find((node) => node.name === nodeName)?.[field];
      return size === undefined ? [] : [{ labels: { pool: metadata.name }, value: Number(parseSize(size)) }];
    }),
  }));
}
