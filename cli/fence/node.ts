import { isNotFound } from '../../schemas/client/errors.ts';
import type { Session } from '../api/connect.ts';
import { Failure } from '../errors.ts';
import { NODES, type Node } from './mark.ts';

/** @throws Failure that says where the names of nodes are */
export async function readNode({ client }: Session, name: string): Promise<Node> {
  try {
    return await client.get<Node>(NODES, { name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new Failure('notFound', `there is no node "${name}"`, 'the nodes that there are: kubectl get nodes', {
      cause: error,
    });
  }
}
