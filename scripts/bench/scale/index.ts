import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../../../schemas/client/client.ts';
import { missingServers } from '../../cluster/binaries.ts';
import type { Measure } from '../measure.ts';
import { startWithCrds } from './cluster.ts';
import { embedded } from './embedded.ts';
import { startFleet } from './fleet.ts';
import { getAll } from './get.ts';
import { growth } from './growth.ts';
import { buildWorker } from './workers.ts';

const EXECUTORS = 100;
const SIZES = [1000, 10_000] as const;

/** A hundred nodes have a hundred disks: their homes share none here. */
const memory = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

/** `VMCTL_BENCH_SCALE=3,30,60`: executors, and machines of the two stages. */
function sizes(env: NodeJS.ProcessEnv = process.env): { executors: number; machines: readonly [number, number] } {
  const [executors = EXECUTORS, some = SIZES[0], all = SIZES[1]] = (env['VMCTL_BENCH_SCALE'] ?? '')
    .split(',')
    .filter(Boolean)
    .map(Number);
  return { executors, machines: [some, all] };
}

/** Ten thousand machines on a hundred executors and real API servers. */
export async function scale(): Promise<Measure[]> {
  const missing = missingServers();
  if (missing) {
    console.error(`skipped scale, which needs real API servers: ${missing}`);
    return [];
  }
  const { executors, machines } = sizes();
  const folder = await mkdtemp(join(memory(), 'vmctl-scale-'));
  try {
    const file = await buildWorker(folder);
    await using cluster = await startWithCrds();
    const endpoints = { core: cluster.core.transport.endpoint, crds: cluster.crds.transport.endpoint };
    const client = createClient(cluster.crds.transport);
    // First, while the real servers hold nothing either.
    const alone = await embedded(cluster, file);
    await using fleet = await startFleet(file, folder, endpoints, executors);
    const grown = await growth(cluster, client, fleet, machines);
    return [...grown, ...(await getAll(cluster.kubeconfig, machines[1])), ...alone];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
