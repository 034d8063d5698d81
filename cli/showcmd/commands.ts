import { readFileSync } from 'node:fs';
import { isNotFound } from '../../schemas/client/errors.ts';
import type { ResourceType } from '../../schemas/client/paths.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import type { VirtualMachineNetwork } from '../../schemas/kinds/network.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { Failure } from '../errors.ts';
import { locateHome } from '../home/locate.ts';
import type { Lookup } from './input.ts';

const NOTHING: Lookup = { disk: () => undefined, image: () => undefined, network: () => undefined };

/** The command line of the process itself, where the machine runs on this host. */
export function runningCommand({ metadata, status }: VirtualMachine): string[] | undefined {
  if (!status?.pid || metadata.uid === undefined) return undefined;
  try {
    const words = readFileSync(`/proc/${status.pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return words.includes(metadata.uid) ? words : undefined;
  } catch {
    return undefined;
  }
}

/** The command with which a machine would be started, as far as its own text tells. @throws Failure */
export async function commandOf(machine: VirtualMachine, find = NOTHING): Promise<string[]> {
  const { commandFor } = await import('../chunks/showcmd.ts');
  try {
    return commandFor(machine, find, `${locateHome(undefined)}/machines`);
  } catch (cause) {
    // Known by its name: the builder is in a file of its own.
    if ((cause as Error).name !== 'Refusal') throw cause;
    const message = `machine "${machine.metadata.name}": ${(cause as Error).message}`;
    throw new Failure('failed', message, 'change this field of the machine', { cause });
  }
}

/** The same for a machine of the API, with the files of its disks and images. @throws Failure */
export async function plannedCommand(session: Session, machine: VirtualMachine): Promise<string[]> {
  const { namesIn } = await import('../chunks/showcmd.ts');
  const names = namesIn(machine);
  const [disks, images, networks] = await Promise.all([
    existing<VirtualMachineDisk>(session, OURS.VirtualMachineDisk, names.disks),
    existing<VirtualMachineImage>(session, OURS.VirtualMachineImage, names.images),
    existing<VirtualMachineNetwork>(session, OURS.VirtualMachineNetwork, names.networks),
  ]);
  return commandOf(machine, {
    disk: (name) => disks.get(name),
    image: (name) => images.get(name),
    network: (name) => networks.get(name),
  });
}

type Found<T> = Promise<Map<string, T>>;

async function existing<T extends KubeObject>(
  { client, namespace }: Session,
  type: ResourceType,
  names: readonly string[],
): Found<T> {
  const calls = names.map((name) =>
    client.get<T>(type, { namespace, name }).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    }),
  );
  const found = await Promise.all(calls);
  return new Map(found.flatMap((object) => (object === undefined ? [] : [[object.metadata.name, object]])));
}
