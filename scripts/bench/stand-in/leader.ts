import { leadCluster } from '../../../executor/cluster/controllers.ts';
import { createRecorder } from '../../../executor/controller/events.ts';
import type { Log } from '../../../executor/controller/types.ts';
import { createClient } from '../../../schemas/client/client.ts';
import { createTransport } from '../../../schemas/client/transport.ts';
import { GROUP } from '../../../schemas/kinds/define.ts';
import type { Endpoints } from './executor.ts';
import { counted, newTraffic, type Traffic } from './traffic.ts';

/** What the executor that was elected does for the whole cluster, and nothing else of an executor. */
export interface Leader {
  readonly traffic: Traffic;
  close(): Promise<void>;
}

const LOG: Log = { info: () => {}, warn: (message) => console.error(message), error: console.error };
const ELECTION = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2000 };
const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10';
const A_DAY = 86_400;

export async function startLeader(endpoints: Endpoints): Promise<Leader> {
  const [core, crds] = [createTransport(endpoints.core), createTransport(endpoints.crds)];
  const traffic = newTraffic();
  const client = createClient(counted((path) => (path.startsWith(`/apis/${GROUP}/`) ? crds : core), traffic));
  const events = createRecorder(client, 'leader', LOG);
  const options = { election: ELECTION, nodeLeaseSeconds: A_DAY, pauseImage: PAUSE_IMAGE };
  const term = leadCluster({ client, events, log: LOG, options });
  await term.ready;
  return {
    traffic,
    async close() {
      await term.close();
      await events.flush();
      events.close();
      core.close();
      crds.close();
    },
  };
}
