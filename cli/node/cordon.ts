import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { Failure } from '../errors.ts';
import { quoted } from '../names.ts';
import { NODES } from './see.ts';
import type { Node } from './table.ts';

/** @throws Failure (notFound) */
export async function getNode(client: ApiClient, name: string): Promise<Node> {
  try {
    return await client.get<Node>(NODES, { name });
  } catch (cause) {
    if (!isNotFound(cause)) throw cause;
    throw new Failure('notFound', `there is no node ${quoted(name)}`, 'the nodes that there are: vmctl node list', {
      cause,
    });
  }
}

/** Lets the scheduler put nothing more on a node, or lets it again. @returns whether that was a change */
export async function cordon(client: ApiClient, name: string, unschedulable: boolean): Promise<boolean> {
  const { spec } = await getNode(client, name);
  if ((spec?.unschedulable === true) === unschedulable) return false;
  await client.patch(NODES, { name }, { spec: { unschedulable: unschedulable || null } });
  return true;
}
