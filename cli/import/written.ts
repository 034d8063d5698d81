import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { Failure } from '../errors.ts';

/** libvirt's XML of an object. @throws Failure saying what is missing */
export async function writtenXml(object: KubeObject, others: readonly KubeObject[]): Promise<string> {
  const { exportObject } = await import('../chunks/analyse.ts');
  type Manifest = Parameters<typeof exportObject>[0];
  try {
    return exportObject(object as unknown as Manifest, others as unknown as Manifest[]);
  } catch (cause) {
    // Known by its name: the analyser is in a file of its own.
    if ((cause as Error).name !== 'ExportError') throw cause;
    throw new Failure('failed', `${object.kind} ${object.metadata.name}: ${(cause as Error).message}`, undefined, {
      cause,
    });
  }
}

/** What the machines of a namespace may name. */
const BESIDE = [OURS.VirtualMachineDisk, OURS.VirtualMachineImage, OURS.VirtualMachineNetwork];

/** All of it, with their kinds, which a list leaves out. */
export async function besides({ client, namespace }: Session): Promise<KubeObject[]> {
  const lists = await Promise.all(
    BESIDE.map(async (type) => {
      const { items } = await client.list<KubeObject>(type, type.namespaced ? namespace : undefined);
      return items.map((item) => ({ ...item, apiVersion: `${type.group}/${type.version}`, kind: type.kind }));
    }),
  );
  return lists.flat();
}
