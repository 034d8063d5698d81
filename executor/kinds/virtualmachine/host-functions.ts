import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import type { VirtualMachineSpec } from '../../../schemas/kinds/virtual-machine.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import {
  applyWrites,
  observeFunction,
  planGiveBack,
  planTake,
  type SysfsWrite,
  VFIO,
  type WantedFunction,
} from '../../host/vfio.ts';
import type { QemuUser } from '../../qemu/process/launch.ts';
import { Refusal } from '../../qemu/refusal.ts';

interface Named extends WantedFunction {
  readonly field: string;
}

type Pci = { readonly address: string; readonly managed?: boolean | undefined; readonly driver?: string | undefined };

const wantedOf = (field: string, { address, managed = true, driver = VFIO }: Pci): Named[] => [
  { field, address, managed, driver },
];

/** The PCI functions of its node that a machine is given. Pure. */
export function wantedFunctions({ hostDevices = [], interfaces = [] }: VirtualMachineSpec): Named[] {
  return [
    ...hostDevices.flatMap(({ name, pci }) => (pci ? wantedOf(`spec.hostDevices[${name}].pci`, pci) : [])),
    ...interfaces.flatMap(({ name, connection }) =>
      connection?.hostDevice ? wantedOf(`spec.interfaces[${name}].connection`, connection.hostDevice) : [],
    ),
  ];
}

/** What was taken from the node's own drivers, to be given back. */
export type Taken = Readonly<Record<string, string>>;

export interface Takeover {
  /** Drivers that hand functions to guests, by the functions' addresses: only of those that are taken for this start. */
  readonly taken: Taken;
  /** IOMMU groups whose devices qemu opens. */
  readonly groups: readonly string[];
  readonly writes: readonly SysfsWrite[];
}

/** Looks at what a machine is to be given. Changes nothing. @throws Refusal where it cannot be */
export async function planFunctions(spec: VirtualMachineSpec): Promise<Takeover> {
  const [taken, groups, writes] = [{} as Record<string, string>, new Set<string>(), [] as SysfsWrite[]];
  const wanted = wantedFunctions(spec);
  const ours = new Set(wanted.map(({ address }) => address));
  for (const one of wanted) {
    const found = await observeFunction(one.address);
    const seen = found && { ...found, neighbours: found.neighbours.filter(({ address }) => !ours.has(address)) };
    const plan = planTake(one, seen);
    if ('reason' in plan) throw new Refusal(plan.reason, one.field, plan.message);
    if (plan.writes.length > 0) taken[one.address] = one.driver;
    if (seen?.group !== undefined) groups.add(seen.group);
    writes.push(...plan.writes);
  }
  return { taken, groups: [...groups], writes };
}

/** Takes the functions over, and lets qemu's user open them. What is taken must be written down before. @throws Refusal */
export async function takeFunctions({ writes, groups }: Takeover, user: QemuUser | undefined): Promise<void> {
  try {
    await applyWrites(writes);
    if (user) for (const group of groups) await chown(join('/dev/vfio', group), user.uid, user.gid);
  } catch (error) {
    const message = `the kernel does not hand the device over: ${(error as Error).message}; is the module vfio-pci loaded?`;
    throw new Refusal('HostDeviceUnavailable', 'spec.hostDevices', message);
  }
}

/** Gives back what an ended qemu had. What somebody else has taken since stays theirs. */
export async function giveBack(taken: Taken = {}): Promise<void> {
  for (const [address, driver] of Object.entries(taken)) {
    await applyWrites(planGiveBack(await observeFunction(address), driver));
  }
}

const BESIDES = 1024n ** 3n;

/**
 * Bytes that qemu may keep from being swapped: a device that writes to memory by itself needs all of it, and its own.
 * Source: qemuDomainGetMemLockLimitBytes of libvirt
 */
export function lockedBytes(spec: VirtualMachineSpec): bigint | undefined {
  const { memory, hostDevices = [], interfaces = [] } = spec;
  const isPinned =
    memory.backing?.locked === true ||
    hostDevices.some(({ pci, mdev }) => pci ?? mdev) ||
    interfaces.some(({ connection }) => connection?.hostDevice ?? connection?.vdpa);
  if (!isPinned) return undefined;
  const devices = (memory.devices ?? []).reduce((sum, { size }) => sum + parseSize(size), 0n);
  return parseSize(memory.size) + devices + BESIDES;
}
