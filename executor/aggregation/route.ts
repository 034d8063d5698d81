import type { ApiClient } from '../../schemas/client/client.ts';
import { isConflict, isNotFound } from '../../schemas/client/errors.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import { kindNames } from '../../schemas/kinds/names.ts';
import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';
import type { VirtualMachineStoragePool } from '../../schemas/kinds/storage-pool.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { noSuchPath, StatusError } from '../apiserver/status-error.ts';

interface Asked {
  readonly client: ApiClient;
  /** The node of the executor that was asked. */
  readonly here: string;
  readonly namespace: string;
  readonly name: string;
}

const VM = resourceOf(kindNames.VirtualMachine);
const unbound = (message: string): StatusError => new StatusError(409, 'Conflict', message);

async function machineNode({ client, namespace, name }: Asked): Promise<string> {
  const { spec } = await client.get<VirtualMachine>(VM, { namespace, name });
  if (spec.nodeName !== undefined) return spec.nodeName;
  throw unbound(`the machine ${name} is on no node yet, so it does not run; see: vmctl describe vm ${name}`);
}

const IMAGE = resourceOf(kindNames.VirtualMachineImage);
const CLAIM_ATTEMPTS = 5;

/**
 * Where an image is. One that nobody holds is taken by this node where its pool is here: the pieces of an upload must all
 * come to one. Else it goes to the pool's first node, which takes it.
 */
async function imageNode(asked: Asked, attempt = 1): Promise<string> {
  const { client, here, namespace, name } = asked;
  const { metadata, spec, status } = await client.get<VirtualMachineImage>(IMAGE, { namespace, name });
  if (status?.nodeName !== undefined) return status.nodeName;
  const type = resourceOf(kindNames.VirtualMachineStoragePool);
  const pool = await client.get<VirtualMachineStoragePool>(type, { name: spec.pool });
  const nodes = pool.spec.nodeNames ?? [];
  if (nodes.length > 0 && !nodes.includes(here)) return nodes[0] ?? here;
  if (!spec.source.upload) return here;
  const claim = { metadata: { resourceVersion: metadata.resourceVersion }, status: { nodeName: here } };
  try {
    await client.patch(IMAGE, { namespace, name, subresource: 'status' }, claim);
    return here;
  } catch (error) {
    if (!isConflict(error) || attempt === CLAIM_ATTEMPTS) throw error;
    return imageNode(asked, attempt + 1);
  }
}

/** Where a snapshot's machine is, or, without it, the first of its disks. */
async function snapshotNode(asked: Asked): Promise<string> {
  const { client, namespace, name } = asked;
  const type = resourceOf(kindNames.VirtualMachineSnapshot);
  const { spec, status } = await client.get<VirtualMachineSnapshot>(type, { namespace, name });
  try {
    return await machineNode({ ...asked, name: spec.virtualMachine.name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  for (const { disk = '' } of status?.disks ?? []) {
    const target = { namespace, name: disk };
    const found = client.get<VirtualMachineDisk>(resourceOf(kindNames.VirtualMachineDisk), target);
    const node = (await found.catch(() => undefined))?.status?.nodeName;
    if (node !== undefined) return node;
  }
  throw unbound(`neither the machine of the snapshot ${name} nor a disk of it is there`);
}

const NODES: Readonly<Record<string, (asked: Asked) => Promise<string>>> = {
  virtualmachines: machineNode,
  virtualmachineimages: (asked) => imageNode(asked),
  virtualmachinesnapshots: snapshotNode,
};

/** The node whose executor has what a request is about, by what the API says now. @throws StatusError, ApiError 404 */
export async function nodeOf(plural: string, asked: Asked): Promise<string> {
  const find = Object.hasOwn(NODES, plural) ? NODES[plural] : undefined;
  if (!find) throw noSuchPath();
  return find(asked);
}
