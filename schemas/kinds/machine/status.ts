import * as z from 'zod';
import { conditions, observedGeneration } from '../../types/condition.ts';
import { listAtomic, listMap } from '../../types/list-map.ts';
import { localName, timestamp, token } from '../../types/primitives.ts';
import { observedSchedule } from './snapshot-schedule.ts';

/** What a machine was last observed to be. `Unknown` is a qemu that lives and does not answer, or a node that does not report. */
export const observedPower = z.enum(['Stopped', 'Starting', 'Running', 'Paused', 'Stopping', 'Crashed', 'Unknown']);

/** Why a machine last stopped. */
export const stopReason = z.enum([
  'Requested',
  'GuestShutdown',
  'GuestPanic',
  'QemuExited',
  'HostRestarted',
  'Evicted',
  'LeaseLost',
  'NodeFenced',
]);

const requests = z
  .object({
    restart: token().describe('Last restart token that was carried out.').optional(),
    reset: token().describe('Last reset token that was carried out.').optional(),
  })
  .describe('One-shot requests that were carried out.');

const lastStop = z
  .object({
    reason: stopReason.describe('Why.'),
    message: z.string().max(4096).describe('In a sentence, with the end of what qemu said where it failed.').optional(),
    time: timestamp().describe('When.'),
  })
  .describe('How the machine last stopped.');

const guestInterface = z.object({
  name: z.string().max(64).describe('Name in the guest.'),
  macAddress: z.string().max(17).describe('MAC address.').optional(),
  addresses: listAtomic(z.array(z.string().max(49)).max(32))
    .describe('Addresses.')
    .optional(),
});

const filesystem = z.object({
  mountPoint: z.string().max(1024).describe('Where it is mounted.'),
  type: z.string().max(64).describe('Type.').optional(),
  usedBytes: z.int().min(0).describe('Bytes in use.').optional(),
  totalBytes: z.int().min(0).describe('Size in bytes.').optional(),
});

const guest = z
  .object({
    agentVersion: z.string().max(64).describe('Version of the guest agent.').optional(),
    hostName: z.string().max(253).describe('Host name.').optional(),
    os: z.string().max(256).describe('Operating system.').optional(),
    kernel: z.string().max(256).describe('Kernel release.').optional(),
    interfaces: listAtomic(z.array(guestInterface).max(64)).describe('Network interfaces.').optional(),
    filesystems: listAtomic(z.array(filesystem).max(128)).describe('Mounted file systems.').optional(),
  })
  .describe('What the guest agent reports; untrusted.');

const observedInterface = z.object({
  name: localName().describe('Name of the interface.'),
  macAddress: z.string().max(17).describe('MAC address.').optional(),
  addresses: listAtomic(z.array(z.string().max(49)).max(32))
    .describe('Addresses known for it.')
    .optional(),
  device: z.string().max(15).describe('The tap of the node that it is.').optional(),
  backend: z.enum(['Passt', 'Slirp']).describe('Who carries the packets of a user network.').optional(),
  forwards: listAtomic(z.array(z.string().max(128)).max(64))
    .describe('Forwarded ports as HOST:PORT->PORT/PROTOCOL.')
    .optional(),
});

const observedDisk = z.object({
  name: localName().describe('Name of the disk in the machine.'),
  disk: z.string().max(253).describe('VirtualMachineDisk that the guest has under it.').optional(),
  state: z
    .enum(['Attached', 'Detaching'])
    .describe('Attached: the guest has it. Detaching: the guest was asked to let go of it and has it still.'),
});

export const machineStatus = z.object({
  observedGeneration: observedGeneration(),
  powerState: observedPower.describe('What the machine was last observed to be.').optional(),
  nodeName: z.string().max(253).describe('Node that it runs on.').optional(),
  addresses: listAtomic(z.array(z.string().max(49)).max(64))
    .describe('Addresses of the guest, or of the host ports that reach it.')
    .optional(),
  acceleration: z
    .enum(['kvm', 'tcg'])
    .describe('Whether the processor runs the guest itself (kvm) or qemu emulates it (tcg).')
    .optional(),
  machineType: z.string().max(64).describe('Versioned machine type, as at the first start.').optional(),
  cpus: z.int().min(0).describe('Virtual CPUs.').optional(),
  memory: z.string().max(32).describe('Memory.').optional(),
  pid: z.int().min(0).describe('Process of qemu on the node.').optional(),
  startedAt: timestamp().describe('When qemu was last started.').optional(),
  restarts: z.int().min(0).describe('Starts by the restart policy since the machine was last asked to run.').optional(),
  lastStop: lastStop.optional(),
  requests: requests.optional(),
  guest: guest.optional(),
  cloudInit: z
    .object({ instanceId: z.string().max(128).describe('Id by which the guest knows whether it is new.') })
    .describe('First-boot configuration that the machine runs with.')
    .optional(),
  disks: listMap(z.array(observedDisk).max(128), 'name')
    .describe('Disks that the running machine has, those on their way out included.')
    .optional(),
  interfaces: listMap(z.array(observedInterface).max(32), 'name').describe('Interfaces as observed.').optional(),
  currentSnapshot: z
    .string()
    .max(253)
    .describe('Snapshot that the disks come from: the last one taken or reverted to.')
    .optional(),
  snapshotSchedule: observedSchedule.optional(),
  conditions: conditions(),
});
