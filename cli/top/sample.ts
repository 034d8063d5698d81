import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { machineSubresource } from '../api/subresource.ts';

/** What `…/virtualmachines/NAME/stats` answers: counters since the machine was started. */
export interface Stats {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly cpuSeconds: number;
  readonly cpus: number;
  readonly residentBytes: number;
  readonly memoryBytes: number;
  readonly disks: readonly { readonly readBytes: number; readonly writtenBytes: number }[];
  readonly interfaces: readonly { readonly receivedBytes: number; readonly sentBytes: number }[];
}

export interface Sample {
  readonly namespace: string;
  readonly name: string;
  readonly power: string;
  /** Absent where the machine does not run. */
  readonly stats?: Stats;
}

interface Machine extends KubeObject {
  readonly status?: { readonly powerState?: string };
}

async function stats({ client }: Session, namespace: string, name: string): Promise<Stats | undefined> {
  const path = machineSubresource(namespace, name, 'stats');
  try {
    return await client.call<Stats>('GET', path);
  } catch {
    // It has stopped since it was listed, or its node does not answer.
    return undefined;
  }
}

/** Looks at every machine once. */
export async function sample(session: Session, namespace: string | undefined): Promise<Sample[]> {
  const { items } = await session.client.list<Machine>(OURS.VirtualMachine, namespace);
  const looked = items.map(async ({ metadata, status }): Promise<Sample> => {
    const where = metadata.namespace ?? 'default';
    const power = status?.powerState ?? 'Unknown';
    const runs = power === 'Running' || power === 'Paused';
    const found = runs ? await stats(session, where, metadata.name) : undefined;
    return { namespace: where, name: metadata.name, power, ...(found && { stats: found }) };
  });
  return Promise.all(looked);
}
