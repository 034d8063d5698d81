import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';
import type { NetworkBackend, Volume } from '../../qemu/argv.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { type NetworkView, networksOf } from './interface-status.ts';
import { resolveDisk } from './resolve-disk.ts';
import { resolveImage } from './resolve-image.ts';
import { resolveNetwork } from './resolve-network.ts';

/** Why something that a machine names cannot be used yet. */
export interface Problem {
  /** CamelCase. */
  readonly reason: string;
  /** Names the thing and says what to do. */
  readonly message: string;
}

/** Where a volume is, before anybody has looked at its file system. */
export type VolumeFile = Omit<Volume, 'directIo'>;

/** What a machine names, found. Where there are problems, the rest is incomplete. */
export interface Resources {
  readonly volumes: Readonly<Record<string, VolumeFile>>;
  readonly networks: Readonly<Record<string, NetworkBackend>>;
  readonly kernel?: { readonly image: string; readonly initrd?: string };
  readonly diskProblems: readonly Problem[];
  readonly networkProblems: readonly Problem[];
  /** What the networks themselves say. */
  readonly networkView: NetworkView;
}

export type Resolved<T> = { readonly value: T } | { readonly problem: Problem } | undefined;

/** Sorts what was found from what was not. */
function collect<T>(entries: readonly (readonly [string, Resolved<T>])[]): [Record<string, T>, Problem[]] {
  const found: Record<string, T> = {};
  const problems: Problem[] = [];
  for (const [name, resolved] of entries) {
    if (resolved && 'problem' in resolved) problems.push(resolved.problem);
    else if (resolved) found[name] = resolved.value;
  }
  return [found, problems];
}

/** Looks up everything that a machine names. Pure: two calls on one store answer the same. */
export function resolveResources(machine: VirtualMachine, store: Store, nodeName: string): Resources {
  const spec = completeSpec(machine.spec);
  const disks = spec.disks.map((disk) => [disk.name, resolveDisk(machine, disk, store, nodeName)] as const);
  const [volumes, diskProblems] = collect(disks);
  const nics = spec.interfaces.map((nic) => [nic.name, resolveNetwork(machine, nic, store, nodeName)] as const);
  const [networks, networkProblems] = collect<NetworkBackend>(nics);
  const [files, kernelProblems] = collect(bootFiles(machine, store));
  const { image, initrd } = files;
  return {
    volumes,
    networks,
    diskProblems: [...diskProblems, ...kernelProblems],
    networkProblems,
    networkView: networksOf(machine, store),
    ...(image && { kernel: { image: image.path, ...(initrd && { initrd: initrd.path }) } }),
  };
}

function bootFiles(machine: VirtualMachine, store: Store): (readonly [string, Resolved<VolumeFile>])[] {
  const kernel = machine.spec.machine?.boot?.kernel;
  if (!kernel) return [];
  const named = { image: kernel.image.name, ...(kernel.initrd && { initrd: kernel.initrd.name }) };
  return Object.entries(named).map(([key, name]) => [key, resolveImage(machine, name, store)]);
}
