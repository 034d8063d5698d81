import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ApiClient, createClient } from '../schemas/client/client.ts';
import { createTransport, type Endpoint } from '../schemas/client/transport.ts';
import { type ExecutorEndpoint, homeFiles } from '../schemas/home.ts';
import type { AccessHost } from './access/index.ts';
import { createLog } from './controller/log.ts';
import { type Controllers, startControllers } from './daemon/controllers.ts';
import { createDefaults } from './daemon/first-objects.ts';
import { prepareHost } from './daemon/host.ts';
import { lockHome } from './daemon/lock.ts';
import { boundMemory } from './daemon/memory.ts';
import { announceNode } from './daemon/node.ts';
import { type Options, parseOptions, USAGE } from './daemon/options.ts';
import { keepToken } from './daemon/token.ts';
import { version } from './daemon/version.ts';
import { hostFacts, writeFileAtomic } from './host/index.ts';
import type { MetricsAddress } from './metrics/listener.ts';

/** Things to end, the last one first. */
type Cleanup = (() => unknown)[];

const log = createLog();

interface Server {
  readonly endpoint: Endpoint;
  /** Called once everything behind the API runs. */
  readonly ready: () => Promise<void>;
}

/** The embedded API. It is told of as soon as it serves objects, before any machine was looked at. */
async function serveApi(
  { settings, listen = '127.0.0.1', port = 0 }: Options,
  access: () => AccessHost,
  cleanup: Cleanup,
): Promise<Server> {
  const { startApiServer } = await import('./apiserver/index.ts');
  const { loadCrds } = await import('./daemon/crds.ts');
  const dir = join(settings.home, 'api');
  const { metricsPage } = await import('./metrics/index.ts');
  const { allSubresources } = await import('./daemon/subresources.ts');
  const handlers = { subresources: allSubresources(access), pages: new Map([['/metrics', metricsPage(access)]]) };
  const server = await startApiServer({ dir, crds: await loadCrds(), host: listen, port, handlers });
  cleanup.push(() => server.close());
  const { url, socketPath } = server;
  const files = homeFiles(settings.home);
  const ready = async () => {
    const kubeconfig = join(dir, 'kubeconfig');
    const endpoint: ExecutorEndpoint = { pid: process.pid, version: await version(), url, socketPath, kubeconfig };
    await writeFileAtomic(files.endpoint, `${JSON.stringify(endpoint)}\n`, { durable: false });
    cleanup.push(() => rm(files.endpoint, { force: true }));
  };
  return { endpoint: { socketPath }, ready };
}

async function cluster({ kubeconfig = '', serviceAccount }: Options, cleanup: Cleanup): Promise<Server> {
  const { readKubeconfig, readServiceAccount } = await import('./daemon/kubeconfig.ts');
  const { keepEndpoint } = await import('./daemon/trust.ts');
  const read = () => (serviceAccount === undefined ? readKubeconfig(kubeconfig) : readServiceAccount(serviceAccount));
  const { endpoint, close } = await keepEndpoint(read, log);
  cleanup.push(close);
  return { endpoint, ready: async () => {} };
}

/** Lets the cluster's API server, and other executors, in to the machines of this node. */
async function serveAccess(client: ApiClient, nodeName: string, { listen, port }: Options, access: () => AccessHost) {
  const { endpoint } = client.transport;
  const { startAggregation } = await import('./aggregation/index.ts');
  const { allSubresources } = await import('./daemon/subresources.ts');
  return startAggregation({
    ...{ client, nodeName, log, subresources: allSubresources(access) },
    apiUrl: 'url' in endpoint ? endpoint.url : '',
    ...(listen !== undefined && { address: listen }),
    ...(port !== undefined && { port }),
  });
}

async function listenForMetrics(address: MetricsAddress, access: () => AccessHost, cleanup: Cleanup): Promise<void> {
  const { metricsPage } = await import('./metrics/index.ts');
  const { serveMetrics } = await import('./metrics/listener.ts');
  const listener = await serveMetrics(address, metricsPage(access));
  cleanup.push(() => listener.close());
  log.info('metrics', { url: listener.url });
}

const unready = (): never => {
  throw new Error('the executor is starting; try again in a moment');
};

/** Connects the API, the host and the controllers. */
async function bringUp(options: Options, cleanup: Cleanup): Promise<void> {
  const { settings, mode } = options;
  const facts = await hostFacts();
  const host = await prepareHost(settings, facts, log);
  await writeFileAtomic(homeFiles(settings.home).pid, `${process.pid}\n`, { durable: false });
  cleanup.push(() => rm(homeFiles(settings.home).pid, { force: true }));
  let running: Controllers | undefined;
  const access = () => running ?? unready();
  if (options.metricsListen) await listenForMetrics(options.metricsListen, access, cleanup);
  const server = mode === 'standalone' ? await serveApi(options, access, cleanup) : await cluster(options, cleanup);
  const transport = createTransport(server.endpoint);
  cleanup.push(() => transport.close());
  const client: ApiClient = createClient(transport);
  const nodeName = options.nodeName ?? facts.nodeName;
  const { standalone } = settings;
  const { endpoint } = server;
  cleanup.push(keepToken(client, nodeName, 'url' in endpoint ? endpoint.tokenFile : undefined, log));
  const { nodeLeaseSeconds: leaseSeconds } = options.cluster;
  const named = { client, name: nodeName, facts, version: await version(), standalone, leaseSeconds, log };
  const lease = await announceNode(named);
  cleanup.push(() => lease.close());
  if (standalone) await createDefaults(client, settings.home);
  const controllers = await startControllers({ client, nodeName, settings, facts, host, log, leaseLost: lease.isLost });
  cleanup.push(() => controllers.close());
  running = controllers;
  if (!standalone) {
    cleanup.push(await serveAccess(client, nodeName, options, access));
    const { joinElection } = await import('./cluster/join.ts');
    const candidate = joinElection(options.cluster, controllers.context);
    cleanup.push(() => candidate.close());
  }
  await server.ready();
  log.info('ready', { nodeName, home: settings.home, mode });
}

/** Runs until it is told to stop; then leaves every machine as it is. */
async function run(options: Options): Promise<void> {
  const cleanup: Cleanup = [boundMemory(), await lockHome(options.settings.home)];
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, resolve);
  });
  try {
    await bringUp(options, cleanup);
    log.info('stopping', { signal: await stopped });
  } finally {
    for (const end of cleanup.reverse()) await end();
  }
}

/** What it takes to run this program once more: the bundle by itself, the source without what it would have to compile. */
function withHelper(options: Options): Options {
  const [, program = ''] = process.argv;
  const part = program.endsWith('.ts') ? join(dirname(program), 'storage/download/main.ts') : program;
  return { ...options, settings: { ...options.settings, helper: [process.execPath, part] } };
}

async function main(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv);
  if (options.mode === 'help') return void console.log(USAGE);
  if (options.mode === 'version') return void console.log(`vm-executor ${await version()}`);
  if (options.mode === 'download') {
    const { serveDownload } = await import('./storage/download/child.ts');
    return serveDownload();
  }
  if (options.mode !== 'doctor') return run(withHelper(options));
  const { examine } = await import('./daemon/doctor.ts');
  console.log(JSON.stringify(await examine(options.settings), undefined, 2));
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: Error) => {
    console.error(`vm-executor: ${error.message}`);
    process.exit(1);
  },
);
