import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';
import type { NetworkBackend } from '../../qemu/argv.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { resolveDisk } from './resolve-disk.ts';
import { resolveImage } from './resolve-image.ts';
import { resolveNetwork } from './resolve-network.ts';
import type { NetworkView, Problem, Resolved, Resources, VolumeFile } from './resources.ts';

/** The networks of a machine. Pure, as the store is. */
function networksOf(machine: VirtualMachine, store: Store): NetworkView {
  const found = (machine.spec.interfaces ?? []).flatMap((nic) => {
    const network = nic.network && store.get('VirtualMachineNetwork', { name: nic.network.name });
    return network ? [[nic.name, { spec: network.spec, ...(network.status && { status: network.status }) }]] : [];
  });
  return Object.fromEntries(found) as NetworkView;
}

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
