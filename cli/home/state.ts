import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { openSession, type Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { endpointFile, liveEndpoint, runningPid } from './daemon.ts';

/** What `vmctl status` tells. */
export interface State {
  readonly home: string;
  readonly executor: 'Running' | 'Stopped' | 'NotAnswering';
  readonly pid?: number;
  readonly url?: string;
  readonly version?: string;
  /** Machines by power state. */
  readonly machines?: Readonly<Record<string, number>>;
  readonly objects?: Readonly<Record<string, number>>;
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

async function count(session: Session): Promise<Pick<State, 'machines' | 'objects'>> {
  const lists = Object.values(OURS).map(
    async (resource) => [resource.plural, await session.client.list<KubeObject>(resource)] as const,
  );
  const all = await Promise.all(lists);
  const machines = all.find(([plural]) => plural === OURS.VirtualMachine.plural)?.[1].items as VirtualMachine[];
  return {
    machines: countBy(machines, ({ status }) => status?.powerState ?? 'Unknown'),
    objects: Object.fromEntries(all.map(([plural, { items }]) => [plural, items.length])),
  };
}

/** The state of a home: its executor, and what its API holds. */
export async function stateOf(home: string): Promise<State> {
  const endpoint = await liveEndpoint(home);
  if (endpoint) {
    const { pid, url, version, socketPath } = endpoint;
    return {
      home,
      executor: 'Running',
      pid,
      url,
      version,
      ...(await count(openSession({ socketPath }, 'default', home))),
    };
  }
  const pid = runningPid(home);
  const url = endpointFile(home)?.url;
  return {
    home,
    executor: pid === undefined ? 'Stopped' : 'NotAnswering',
    ...(pid !== undefined && { pid }),
    ...(url && { url }),
  };
}
