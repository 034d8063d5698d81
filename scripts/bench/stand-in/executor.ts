import { join } from 'node:path';
import type { Log } from '../../../executor/controller/types.ts';
import { type Controllers, startControllers } from '../../../executor/daemon/controllers.ts';
import { hostFacts, hostPaths, prepareHome } from '../../../executor/host/index.ts';
import type { MachineHost } from '../../../executor/kinds/virtualmachine/host.ts';
import type { Settings } from '../../../executor/settings.ts';
import { createClient } from '../../../schemas/client/client.ts';
import { createTransport, type Endpoint } from '../../../schemas/client/transport.ts';
import { GROUP } from '../../../schemas/kinds/define.ts';
import { counted, newTraffic, type Traffic } from './traffic.ts';

/** The servers of a cluster: of its own kinds and of ours. */
export interface Endpoints {
  readonly core: Endpoint;
  readonly crds: Endpoint;
}

export interface SimulatedOptions {
  readonly endpoints: Endpoints;
  readonly nodeName: string;
  /** Home of this executor. */
  readonly home: string;
  /** The stand-in for qemu. */
  readonly binary: string;
  readonly log?: Log;
  readonly onWatched?: (resource: string, chunk: Buffer) => void;
}

/** An executor's controllers, as the daemon starts them, for a node that has no qemu of its own. */
export interface Simulated {
  readonly nodeName: string;
  readonly controllers: Controllers;
  readonly traffic: Traffic;
  close(): Promise<void>;
}

const ACCELERATION = { accelerator: 'tcg', reason: 'the stand-in for qemu runs no guest' } as const;
const WHY = 'the stand-in for qemu runs as its executor';
const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

const settingsOf = (home: string): Settings => ({
  ...{ home, importFolders: [], qemuUser: 'root', extraArguments: false, standalone: false },
  ...{ crashBackoffMs: { first: 1000, longest: 300_000 }, consoleLogBytes: 1024 * 1024, resyncMs: 30_000 },
});

/** Nothing is probed, and no user or control group is taken: a hundred nodes share this host. */
async function hostOf(home: string, binary: string): Promise<MachineHost> {
  const paths = hostPaths(home);
  await prepareHome(paths);
  return {
    ...{ paths, binary, acceleration: Promise.resolve(ACCELERATION), accelerated: () => ACCELERATION },
    ...{ user: { reason: WHY }, unconfined: WHY, tun: 'missing', cgroups: { version: 'none', reason: WHY } },
    abilities: { vhostVsock: false, vfio: false, usbHost: false },
  };
}

/** Starts the controllers of one node, each with connections of its own. */
export async function startSimulated(options: SimulatedOptions): Promise<Simulated> {
  const { endpoints, nodeName, home, binary, log = SILENT, onWatched } = options;
  const [core, crds] = [createTransport(endpoints.core), createTransport(endpoints.crds)];
  const traffic = newTraffic();
  const transport = counted((path) => (path.startsWith(`/apis/${GROUP}/`) ? crds : core), traffic, onWatched);
  const settings = settingsOf(home);
  const host = await hostOf(home, binary);
  const facts = await hostFacts();
  const controllers = await startControllers({ client: createClient(transport), nodeName, settings, facts, host, log });
  return {
    nodeName,
    controllers,
    traffic,
    async close() {
      await controllers.close();
      core.close();
      crds.close();
    },
  };
}

/** Homes by node, below one folder. */
export const homeOf = (folder: string, nodeName: string): string => join(folder, nodeName);
