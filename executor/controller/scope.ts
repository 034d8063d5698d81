import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../schemas/client/client.ts';
import { ApiError } from '../../schemas/client/errors.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { kindNames } from '../../schemas/kinds/names.ts';
import { backoffDelay } from './backoff.ts';
import type { Log } from './types.ts';

/** What of the API an executor follows. */
export interface Scope {
  /** Field selectors that together find this node's machines; every machine is followed where they are left out. */
  readonly machines?: readonly string[];
}

const MACHINES = resourceOf(kindNames.VirtualMachine);
const BACKOFF = { firstMs: 100, longestMs: 5000 };
const BAD_REQUEST = 400;

/** Machines that are bound to a node, and those that it has not let go of though they are not bound to it any more. */
const selectorsOf = (nodeName: string): string[] => [
  `spec.nodeName=${nodeName}`,
  `status.nodeName=${nodeName},spec.nodeName!=${nodeName}`,
];

/**
 * This node's machines alone, where the server can select them: a hundred nodes that each follow ten thousand machines are a
 * million events at each change of all. Servers before 1.31, and definitions older than ours, answer 400 for a field that they
 * cannot select by; then every machine is followed. Waits for a server that does not answer.
 */
export async function scopeOf(client: ApiClient, nodeName: string, log: Log): Promise<Scope> {
  const machines = selectorsOf(nodeName);
  for (let failures = 1; ; failures += 1) {
    try {
      for (const fieldSelector of machines)
        await client.list(MACHINES, undefined, { query: { limit: 1, fieldSelector } });
      return { machines };
    } catch (error) {
      if (error instanceof ApiError && error.code === BAD_REQUEST) {
        log.info('this API cannot select machines by their node: the machines of all nodes are followed');
        return {};
      }
      if (failures === 3) log.warn(`cannot list machines: ${(error as Error).message}`);
      await sleep(backoffDelay(BACKOFF, failures));
    }
  }
}
