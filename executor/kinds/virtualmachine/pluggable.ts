import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import type { QemuInput, Volume } from '../../qemu/argv.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import type { Interface } from '../../qemu/devices/interface.ts';
import { type DiskPlug, diskPlug, type InterfacePlug, interfacePlug } from '../../qemu/hotplug.ts';
import { interfaceDevice } from '../../qemu/identifiers.ts';
import { Refusal } from '../../qemu/refusal.ts';
import type { MachineHost } from './host.ts';
import { qemuInput } from './input.ts';
import type { Launched, MachineRecord } from './record.ts';
import type { Resources } from './resources.ts';

interface Parts {
  readonly context: Context;
  readonly host: MachineHost;
  readonly machine: VirtualMachine;
  readonly record: MachineRecord;
  readonly resources: Resources;
}

/** The running machine, with one disk more. */
function inputWith(parts: Parts, launched: Launched, disk: Disk, volume: Volume | undefined): QemuInput {
  const { context, host, machine, record, resources } = parts;
  const spec = { ...launched.spec, disks: [...(launched.spec.disks ?? []), disk] };
  return qemuInput({
    host,
    machine: { ...machine, spec },
    record,
    resources: { ...resources, networks: launched.networks },
    volumes: { ...launched.volumes, ...(volume && { [disk.name]: volume }) },
    accelerator: launched.accelerator,
    extraArguments: context.settings.extraArguments,
  });
}

/** What a running qemu is given for a disk. @throws Refusal */
export function plugOf(
  parts: Parts,
  launched: Launched,
  disk: Disk,
  volume: Volume | undefined,
  devices: readonly string[],
): DiskPlug {
  return diskPlug(inputWith(parts, launched, disk, volume), disk, new Set(devices));
}

/** Why disks that a running machine lacks cannot be plugged in, by their names. What is still being made is left out. */
export function whyUnpluggable(parts: Parts, devices: readonly string[]): Record<string, string> {
  const { machine, record, resources } = parts;
  const { launched } = record;
  if (!launched?.ready) return {};
  const has = new Set((launched.spec.disks ?? []).map(({ name }) => name));
  const found = unpluggableInterfaces(parts, launched, devices);
  for (const disk of completeSpec(machine.spec).disks) {
    const file = resources.volumes[disk.name];
    if (has.has(disk.name) || (needsVolume(disk) && !file)) continue;
    const why = tryPlug(() => plugOf(parts, launched, disk, file && { ...file, directIo: true }, devices));
    if (why !== undefined) found[disk.name] = why;
  }
  return found;
}

/** What a running qemu is given for an interface. @throws Refusal */
export function interfacePlugOf(
  { context, host, machine, record, resources }: Parts,
  launched: Launched,
  nic: Interface,
  devices: readonly string[],
): InterfacePlug {
  const spec = { ...launched.spec, interfaces: [...(launched.spec.interfaces ?? []), nic] };
  const input = qemuInput({
    host,
    machine: { ...machine, spec },
    record,
    resources: { ...resources, networks: { ...resources.networks, ...launched.networks } },
    volumes: launched.volumes,
    accelerator: launched.accelerator,
    extraArguments: context.settings.extraArguments,
  });
  return interfacePlug(input, nic, new Set(devices));
}

/** The same of interfaces, by the ids of their devices. */
function unpluggableInterfaces(parts: Parts, launched: Launched, devices: readonly string[]): Record<string, string> {
  const has = new Set((launched.spec.interfaces ?? []).map(({ name }) => name));
  const found: Record<string, string> = {};
  for (const nic of completeSpec(parts.machine.spec).interfaces) {
    if (has.has(nic.name) || !parts.resources.networks[nic.name]) continue;
    const why = tryPlug(() => interfacePlugOf(parts, launched, nic, devices));
    if (why !== undefined) found[interfaceDevice(nic.name)] = why;
  }
  return found;
}

/** A drive with removable media may be empty. */
export const needsVolume = (disk: Disk): boolean => Boolean(disk.disk ?? disk.image ?? disk.blank);

function tryPlug(plug: () => unknown): string | undefined {
  try {
    plug();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.message.replace(`${error.field}: `, '');
    throw error;
  }
}
