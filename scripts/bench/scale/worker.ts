import { join } from 'node:path';
import { startApiServer } from '../../../executor/apiserver/index.ts';
import { boundMemory } from '../../../executor/daemon/memory.ts';
import type { Endpoint } from '../../../schemas/client/transport.ts';
import { type Endpoints, type Simulated, startSimulated } from '../stand-in/executor.ts';
import { startLeader } from '../stand-in/leader.ts';
import { writeProgram } from '../stand-in/program.ts';
import { startStandIn } from '../stand-in/server.ts';

/** Executors of some nodes in one process. */
export interface Executors {
  readonly role: 'executors';
  readonly folder: string;
  readonly endpoints: Endpoints;
  readonly nodes: readonly string[];
  /** Folder of the stand-in for their qemus. */
  readonly standIn: string;
}

/** What a worker is asked for. */
export type Order =
  | Executors
  | { readonly role: 'stand-in'; readonly folder: string }
  | { readonly role: 'leader'; readonly endpoints: Endpoints }
  | { readonly role: 'embedded'; readonly folder: string; readonly crds: readonly object[] };

/** What a worker says: that it is ready, and what its executors have used and said so far. */
export interface Report {
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly watched: Readonly<Record<string, { readonly bytes: number; readonly events: number }>>;
  /** Where the embedded API is, over TLS as a real one. */
  readonly endpoint?: Endpoint;
}

interface Running {
  readonly executors: readonly Pick<Simulated, 'traffic'>[];
  readonly endpoint?: Endpoint;
  close(): Promise<unknown>;
}

const programIn = (folder: string): string => join(folder, 'qemu-system-x86_64');
const socketIn = (folder: string): string => join(folder, 'stand-in.sock');
const pem = (data = ''): string => Buffer.from(data, 'base64').toString();

const ROLES = {
  'stand-in': async ({ folder }): Promise<Running> => {
    writeProgram(programIn(folder), socketIn(folder));
    const standIn = await startStandIn(socketIn(folder));
    return { executors: [], close: () => standIn.close() };
  },
  embedded: async ({ folder, crds }): Promise<Running> => {
    boundMemory();
    const server = await startApiServer({ dir: folder, crds: [...crds] });
    const { cluster } = server.kubeconfig.clusters[0] ?? {};
    const { user } = server.kubeconfig.users[0] ?? {};
    const tls = {
      ca: pem(cluster?.['certificate-authority-data']),
      cert: pem(user?.['client-certificate-data']),
      key: pem(user?.['client-key-data']),
    };
    return { executors: [], endpoint: { url: server.url, tls }, close: () => server.close() };
  },
  executors: async ({ endpoints, folder, nodes, standIn }): Promise<Running> => {
    // One alone is what a daemon is; many in a process say nothing of a daemon's memory.
    if (nodes.length === 1) boundMemory();
    const start = (nodeName: string) =>
      startSimulated({ endpoints, nodeName, home: join(folder, nodeName), binary: programIn(standIn) });
    const executors = await Promise.all(nodes.map(start));
    return { executors, close: () => Promise.all(executors.map((executor) => executor.close())) };
  },
  leader: async ({ endpoints }): Promise<Running> => {
    boundMemory();
    const leader = await startLeader(endpoints);
    return { executors: [leader], close: leader.close };
  },
} satisfies { [R in Order['role']]: (order: Extract<Order, { role: R }>) => Promise<Running> };

function report({ executors, endpoint }: Running): Report {
  const requests: Record<string, number> = {};
  const watched: Record<string, { bytes: number; events: number }> = {};
  for (const { traffic } of executors) {
    for (const [key, count] of traffic.requests) requests[key] = (requests[key] ?? 0) + count;
    for (const [key, { bytes, events }] of traffic.watched) {
      const sum = watched[key] ?? { bytes: 0, events: 0 };
      watched[key] = { bytes: sum.bytes + bytes, events: sum.events + events };
    }
  }
  const { user, system } = process.cpuUsage();
  const used = { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
  return { ...used, requests, watched, ...(endpoint && { endpoint }) };
}

process.once('message', async (order: Order) => {
  const running = await (ROLES[order.role] as (order: Order) => Promise<Running>)(order);
  process.on('message', (word) => {
    if (word === 'report') process.send?.(report(running));
    else void running.close().then(() => process.exit());
  });
  process.on('disconnect', () => process.exit());
  process.send?.(report(running));
});
