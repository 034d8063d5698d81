import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { readKubeconfig } from '../../executor/daemon/kubeconfig.ts';
import { type ApiClient, createClient } from '../../schemas/client/client.ts';
import { core, resourceOf } from '../../schemas/client/paths.ts';
import { createTransport, type Endpoint } from '../../schemas/client/transport.ts';
import { type ExecutorEndpoint, homeFiles } from '../../schemas/home.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import type { Kind } from '../../schemas/kinds/names.ts';
import { borrowPlane } from '../cluster/planes/borrow.ts';

/** Whether the tests run against a real control plane; else against the API that the executor itself serves. */
export const onCluster = process.env['VMCTL_TEST_API'] === 'cluster';

const ATTEMPTS = 300;
const PAUSE_MS = 200;

/** The API behind a test's executor. */
export interface Backing extends Disposable {
  /** For kubectl and vmctl. */
  readonly kubeconfig: string;
  readonly client: ApiClient;
  /** Tells an executor where its API is. */
  readonly arguments: readonly string[];
  /** What an object of a kind has where a test says nothing else. */
  readonly usual: Readonly<Partial<Record<Kind, object>>>;
  /** What binds a machine to this node before it is to run, so that its disks are made: a scheduler looks at no other. */
  readonly bound: { readonly nodeName?: string };
  /** A WebSocket that is open. @param path absolute */
  connect(path: string): Promise<WebSocket>;
  /** Called whenever the executor has started. */
  started(): Promise<void>;
  /** Waits until the ways into machines are served. */
  available(): Promise<void>;
  /** Whether the executor with this id is ready, given what it logged since it was started. */
  isReady(pid: number, log: string): boolean;
}

export const backingFor = (home: string): Promise<Backing> | Backing => (onCluster ? real(home) : embedded(home));

function embedded(home: string): Backing {
  const client = createClient(createTransport({ socketPath: join(home, 'api/api.sock') }));
  return {
    kubeconfig: join(home, 'api/kubeconfig'),
    client,
    arguments: ['--standalone'],
    usual: {},
    bound: {},
    started: async () => {},
    available: async () => {},
    connect: (path) => opened(new WebSocket(`ws+unix:${join(home, 'api/api.sock')}:${path}`)),
    /** The endpoint is written once the controllers run. */
    isReady(pid) {
      try {
        return (JSON.parse(readFileSync(homeFiles(home).endpoint, 'utf8')) as ExecutorEndpoint).pid === pid;
      } catch {
        return false;
      }
    },
    [Symbol.dispose]: () => client.transport.close(),
  };
}

async function real(home: string): Promise<Backing> {
  const nodeName = basename(home).toLowerCase();
  const plane = await borrowPlane(nodeName);
  const { kubeconfig, nodeKubeconfig, address } = plane;
  const endpoint = await readKubeconfig(kubeconfig);
  const client = createClient(createTransport(endpoint));
  await makeDefaults(client, nodeName, home);
  return {
    ...{ kubeconfig, client },
    arguments: ['--kubeconfig', nodeKubeconfig, '--node-name', nodeName, '--listen', address, '--port', '0'],
    // A folder of this host is on no other.
    usual: { VirtualMachineStoragePool: { nodeNames: [nodeName] } },
    bound: { nodeName },
    connect: (path) => connectThrough(endpoint, path),
    started: () => enlarge(client, nodeName),
    available: () => served(client),
    isReady: (_, log) => log.includes('"message":"ready"'),
    [Symbol.dispose]: () => {
      client.transport.close();
      plane[Symbol.dispose]();
    },
  };
}

/** What the other side says in one breath with its consent waits until whoever asked has had a turn to listen. */
async function opened(socket: WebSocket): Promise<WebSocket> {
  socket.once('open', () => {
    socket.pause();
    setImmediate(() => socket.resume());
  });
  await once(socket, 'open');
  return socket;
}

/** More than a test's machines ask for: there may be two processors, and the scheduler places no third machine on those. */
const LARGE = { cpu: '512', memory: '1Ti', pods: '1000' };

async function enlarge(client: ApiClient, name: string): Promise<void> {
  const status = { capacity: LARGE, allocatable: LARGE };
  await client.patch(core('nodes', false), { name, subresource: 'status' }, { status });
}

/** The API server asks its aggregated APIs in its own time whether they are there. */
async function served(client: ApiClient): Promise<void> {
  for (let attempts = ATTEMPTS; ; attempts -= 1) {
    try {
      return void (await client.call('GET', '/apis/subresources.vmctl.dev/v1alpha1'));
    } catch (error) {
      if (attempts === 0) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** The API server takes a moment to find an executor that was just started. */
async function connectThrough(endpoint: Endpoint, path: string): Promise<WebSocket> {
  if (!('url' in endpoint)) throw new Error('a cluster has a URL');
  const url = endpoint.url.replace(/^http/, 'ws') + path;
  for (let attempts = ATTEMPTS; ; attempts -= 1) {
    const socket = new WebSocket(url, endpoint.tls);
    try {
      return await opened(socket);
    } catch (error) {
      if (attempts === 0 || !(error as Error).message.includes('503')) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** What an executor that is alone makes by itself, and an administrator on a cluster. */
async function makeDefaults(client: ApiClient, nodeName: string, home: string): Promise<void> {
  const make = (kind: Kind, spec: object) =>
    client.create(resourceOf(kinds[kind]), {
      ...{ apiVersion: API_VERSION, kind, metadata: { name: 'default' } },
      ...{ spec },
    });
  await make('VirtualMachineStoragePool', { dir: { path: `${home}/pool` }, nodeNames: [nodeName] });
  await make('VirtualMachineNetwork', { user: {} });
}
