import type { VirtualMachine, VirtualMachineStatus } from '../../../schemas/kinds/virtual-machine.ts';
import { formatSize } from '../../../schemas/types/size.ts';
import { toConditions } from '../../controller/conditions.ts';
import { diskDevice } from '../../qemu/identifiers.ts';
import { timestampOf } from '../common/condition.ts';
import { diskNameOf } from './disk-owner.ts';
import { findings, type NodeView } from './findings.ts';
import { addressesOf, observedInterfaces } from './interface-status.ts';
import type { Observed } from './observed.ts';
import { observedPower } from './power.ts';
import { seedStatus } from './seed.ts';

type Disks = NonNullable<VirtualMachineStatus['disks']>;

/** What was observed of a machine, as its status. Pure. */
export function machineStatus(machine: VirtualMachine, seen: Observed, node: NodeView): VirtualMachineStatus {
  const { record } = seen;
  const { generation } = machine.metadata;
  const now = timestampOf(seen.now);
  const interfaces = observedInterfaces(machine, seen);
  const disks = observedDisks(machine, seen);
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    powerState: observedPower(machine, seen),
    nodeName: node.nodeName,
    ...running(seen, machine.metadata.uid ?? ''),
    ...(seen.guest?.facts && { guest: seen.guest.facts }),
    ...(record.machineType !== undefined && { machineType: record.machineType }),
    ...(disks.length > 0 && { disks }),
    ...(interfaces.length > 0 && { interfaces, addresses: addressesOf(interfaces, seen) }),
    restarts: record.restarts,
    ...(record.lastStop && { lastStop: record.lastStop }),
    ...(Object.keys(record.done).length > 0 && { requests: record.done }),
    ...(machine.status?.snapshotSchedule && { snapshotSchedule: machine.status.snapshotSchedule }),
    ...(machine.status?.currentSnapshot !== undefined && { currentSnapshot: machine.status.currentSnapshot }),
    conditions: toConditions(findings(machine, seen, node), machine.status?.conditions, generation, now),
  };
}

/** What only a machine that runs has. */
function running({ process, qemu, record }: Observed, uid: string): Partial<VirtualMachineStatus> {
  if (process.state === 'gone') return {};
  const { launched } = record;
  return {
    pid: process.pid,
    ...(launched && { acceleration: launched.accelerator, startedAt: launched.startedAt }),
    ...(launched && seedStatus(launched.spec, uid)),
    ...(qemu && { cpus: qemu.cpus, memory: formatSize(BigInt(qemu.memoryBytes)) }),
  };
}

/** What the running machine has; also that of which the spec says nothing any more, for the guest may still write to it. */
function observedDisks(machine: VirtualMachine, { process, qemu, record: { launched } }: Observed): Disks {
  if (process.state === 'gone' || !launched) return [];
  const wanted = new Set((machine.spec.disks ?? []).map(({ name }) => name));
  return (launched.spec.disks ?? [])
    .filter(({ name }) => !qemu || qemu.devices.includes(diskDevice(name)))
    .map((entry) => {
      const disk = diskNameOf(machine, entry);
      return {
        name: entry.name,
        ...(disk !== undefined && { disk }),
        state: wanted.has(entry.name) ? 'Attached' : 'Detaching',
      };
    });
}
