import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { humanSize, parseSize } from '../../schemas/types/size.ts';
import type { Lease } from './reports.ts';

export type Node = KubeObject & {
  spec?: { readonly unschedulable?: boolean };
  status?: {
    readonly allocatable?: { readonly cpu?: string; readonly memory?: string };
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

export type Pod = KubeObject & {
  spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly resources?: { readonly requests?: { cpu?: string; memory?: string } } }[];
  };
};

/** All that the table is made from, as the API had it at one moment. */
export interface Seen {
  readonly nodes: readonly Node[];
  /** Of the executors, by node. */
  readonly leases: readonly Lease[];
  readonly machines: readonly VirtualMachine[];
  /** Reservations of machines; nothing where who asks may not see pods. */
  readonly pods: readonly Pod[] | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A node as `-o json` has it; sizes in bytes, processors in thousandths. */
export interface NodeRow {
  readonly name: string;
  /** `Unknown` where the executor has not been heard of for as long as its lease. */
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly cordoned: boolean;
  readonly executorVersion: string;
  readonly machines: { readonly bound: number; readonly running: number };
  readonly cpu: { readonly machines: number; readonly allocatable: number };
  readonly memory: { readonly machines: string; readonly allocatable: string };
  /** What machines' reservations take of it, for the scheduler. */
  readonly reserved: { readonly cpu: number; readonly memory: string } | undefined;
}

const LEASE_SECONDS = 40;

/** Thousandths of a processor in a quantity: `4`, `1500m`, `0.5`. */
const millis = (text = '0'): number => (text.endsWith('m') ? Number(text.slice(0, -1)) : Number(text) * 1000);

const bytes = (text: string | number | undefined): bigint => {
  try {
    return parseSize(text ?? '0');
  } catch {
    return 0n;
  }
};

function readyOf(lease: Lease | undefined, node: Node, now: number): NodeRow['ready'] {
  const { renewTime = '', leaseDurationSeconds = LEASE_SECONDS } = lease?.spec ?? {};
  if (lease && !(Date.parse(renewTime) + leaseDurationSeconds * 1000 > now)) return 'Unknown';
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return ready === 'True' ? 'True' : ready === 'False' ? 'False' : 'Unknown';
}

const vcpus = ({ spec: { cpu } }: VirtualMachine): number =>
  (cpu?.sockets ?? 1) * (cpu?.cores ?? 1) * (cpu?.threads ?? 1);

const sum = (values: readonly bigint[]): string => String(values.reduce((a, b) => a + b, 0n));

function reservedOf(pods: readonly Pod[]): NonNullable<NodeRow['reserved']> {
  const requests = pods.flatMap(({ spec }) => spec.containers.map(({ resources }) => resources?.requests ?? {}));
  return {
    cpu: requests.reduce((total, { cpu }) => total + millis(cpu), 0),
    memory: sum(requests.map(({ memory }) => bytes(memory))),
  };
}

/** One row for each node that has an executor, by name. Pure. */
export function nodeRows({ nodes, leases, machines, pods, now }: Seen): NodeRow[] {
  const leaseOf = new Map(leases.map((lease) => [lease.metadata.name, lease]));
  const machinesOf = Map.groupBy(machines, ({ spec, status }) => spec.nodeName ?? status?.nodeName);
  const podsOf = pods && Map.groupBy(pods, ({ spec }) => spec.nodeName);
  const rows = nodes.map((node): NodeRow => {
    const { name, annotations = {} } = node.metadata;
    const mine = machinesOf.get(name) ?? [];
    const running = mine.filter(({ status }) => status?.powerState !== undefined && RUNS.has(status.powerState));
    return {
      name,
      ready: readyOf(leaseOf.get(name), node, now),
      cordoned: node.spec?.unschedulable === true,
      executorVersion: annotations['vmctl.dev/executor-version'] ?? '',
      machines: { bound: mine.length, running: running.length },
      cpu: {
        machines: running.reduce((total, machine) => total + vcpus(machine) * 1000, 0),
        allocatable: millis(node.status?.allocatable?.cpu),
      },
      memory: {
        machines: sum(running.map(({ spec }) => bytes(spec.memory?.size))),
        allocatable: String(bytes(node.status?.allocatable?.memory)),
      },
      reserved: podsOf && reservedOf(podsOf.get(name) ?? []),
    };
  });
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** States in which qemu holds its memory. */
const RUNS: ReadonlySet<string> = new Set(['Running', 'Paused', 'Starting', 'Stopping']);

const cpus = (thousandths: number): string => String(Math.round(thousandths / 100) / 10);
const size = (amount: string): string => humanSize(BigInt(amount));

const HEAD = ['NAME', 'READY', 'VERSION', 'MACHINES', 'CPU', 'MEMORY', 'RESERVED', 'CORDONED'];

/** The table of rows, its head first. MACHINES: running of all. CPU, MEMORY: of running machines, of what the node has. */
export const nodeTable = (rows: readonly NodeRow[]): string[][] => [
  HEAD,
  ...rows.map(({ name, ready, executorVersion, machines, cpu, memory, reserved, cordoned }) => [
    ...[name, ready, executorVersion || '-', `${machines.running}/${machines.bound}`],
    `${cpus(cpu.machines)}/${cpus(cpu.allocatable)}`,
    `${size(memory.machines)}/${size(memory.allocatable)}`,
    reserved === undefined ? '-' : `${cpus(reserved.cpu)}, ${size(reserved.memory)}`,
    cordoned ? 'yes' : 'no',
  ]),
];
