import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiServer } from '../../executor/apiserver/index.ts';
import { type Candidate, ELECTION, type ElectionLease, runForElection } from '../../executor/cluster/election.ts';
import { type ApiClient, createClient } from '../../schemas/client/client.ts';
import { core } from '../../schemas/client/paths.ts';
import { createTransport, type Transport } from '../../schemas/client/transport.ts';
import { LEASES } from '../../schemas/cluster.ts';
import { until } from '../e2e/until.ts';

const TIMING = { leaseMs: 1500, renewMs: 1000, retryMs: 100 };
const LIMIT_MS = 60_000;
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

const folder = mkdtempSync(join(tmpdir(), 'vmctl-election-'));
let server: Awaited<ReturnType<typeof startApiServer>>;
let outside: ApiClient;
beforeAll(async () => {
  server = await startApiServer({ dir: folder, crds: [] });
  outside = createClient(createTransport({ socketPath: server.socketPath }));
  const metadata = { name: ELECTION.namespace };
  await outside.create(core('namespaces', false), { apiVersion: 'v1', kind: 'Namespace', metadata });
});
afterAll(async () => {
  outside.transport.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Runner {
  readonly name: string;
  readonly candidate: Candidate;
  readonly transport: Transport;
  leads: boolean;
  /** Whether the API answers it. */
  cut: boolean;
}

/** A candidate whose way to the API can be cut without anybody telling it. */
function runner(name: string, options: { may?: boolean; fails?: boolean } = {}): Runner {
  const transport = createTransport({ socketPath: server.socketPath });
  const state = { name, transport, leads: false, cut: false };
  const open: Transport['open'] = (request) => (state.cut ? new Promise(() => {}) : transport.open(request));
  const candidate = runForElection({
    client: createClient({ ...transport, open }),
    identity: name,
    timing: TIMING,
    mayLead: async () => options.may ?? true,
    log: quiet,
    lead: () => {
      state.leads = true;
      const close = async () => {
        state.leads = false;
      };
      return { ready: options.fails ? Promise.reject(new Error('it cannot')) : Promise.resolve(), close };
    },
  });
  return Object.assign(state, { candidate });
}

async function end(runners: readonly Runner[]): Promise<void> {
  for (const one of runners) one.cut = false;
  await Promise.all(runners.map(({ candidate }) => candidate.close()));
  for (const { transport } of runners) transport.close();
}

const leader = async (runners: readonly Runner[], but?: Runner): Promise<Runner> => {
  let found: Runner | undefined;
  await until(
    () => {
      found = runners.find((one) => one.leads && one !== but);
      return found !== undefined;
    },
    { limitMs: LIMIT_MS, what: () => 'a leader' },
  );
  return found as Runner;
};

test('one leads; when it is cut off it stops before another begins, and may lead again', async () => {
  const runners = [runner('a'), runner('b'), runner('c')];
  const both: string[] = [];
  const watch = setInterval(() => {
    const leading = runners.filter(({ leads }) => leads).map(({ name }) => name);
    if (leading.length > 1) both.push(leading.join());
  }, 5);
  const first = await leader(runners);
  first.cut = true;
  const second = await leader(runners, first);
  expect(first.leads).toBe(false);
  const lease = await outside.get<ElectionLease>(LEASES, ELECTION);
  expect(lease.spec).toMatchObject({ holderIdentity: second.name, leaseTransitions: 2 });
  first.cut = false;
  second.cut = true;
  const third = await leader(runners, second);
  expect(third).not.toBe(second);
  clearInterval(watch);
  expect(both).toEqual([]);
  await end(runners);
  expect((await outside.get<ElectionLease>(LEASES, ELECTION)).spec?.holderIdentity).toBe('');
});

test('who may not place machines does not stand, and who cannot begin gives the lead back', async () => {
  const runners = [runner('not-allowed', { may: false }), runner('broken', { fails: true })];
  const healthy = runner('healthy');
  const all = [...runners, healthy];
  await until(() => healthy.leads, { limitMs: LIMIT_MS, what: () => 'the healthy one to lead' });
  expect(all.find(({ name }) => name === 'not-allowed')?.leads).toBe(false);
  await end(all);
});
