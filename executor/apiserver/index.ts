import { chmodSync, mkdirSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createNamespaces, installCrds } from './bootstrap.ts';
import type { Api } from './call.ts';
import { followCrds } from './controllers/crds.ts';
import { Sweeper } from './controllers/sweeper.ts';
import { Discovery } from './discovery/index.ts';
import { OpenApi } from './discovery/openapi.ts';
import { closeServer, listenTls, listenUnix, secureContext, type TlsServer } from './http/listen.ts';
import { handleRequest, handleUpgrade, type PageHandler, type Routes } from './http/router.ts';
import { type KubeConfig, kubeconfig } from './kubeconfig.ts';
import { loadPki, type Pki, replace } from './pki/index.ts';
import { Registry } from './registry.ts';
import { reviewResources } from './reviews.ts';
import { Store } from './store/store.ts';
import { type Subresources, subresourceResources } from './subresources.ts';
import type { KubeObject } from './types.ts';

export type { KubeConfig } from './kubeconfig.ts';
export type { SubresourceContext, SubresourceHandler, Subresources } from './subresources.ts';

export interface ApiServerOptions {
  /** Holds everything: state.db, pki/, api.sock, kubeconfig. Made with mode 0700. */
  dir: string;
  /** CustomResourceDefinitions to install. */
  crds: readonly object[];
  /** Address to listen on. Default 127.0.0.1. */
  host?: string;
  /** Default 0: the port of the last time, else any that is free. */
  port?: number;
  handlers?: { subresources?: Subresources; pages?: ReadonlyMap<string, PageHandler> };
  /** By what clock certificates are made. Default: the host's. */
  now?: () => Date;
}

/** How often certificates are looked at while the server runs. */
const RENEW_MS = 24 * 3_600_000;

export interface ApiServer {
  /** `https://127.0.0.1:PORT` */
  url: string;
  /** Speaks plain HTTP, and needs no other proof than being able to open it. */
  socketPath: string;
  /** Has one context, `vmctl`; also written to `dir/kubeconfig`. */
  kubeconfig: KubeConfig;
  /** Makes certificates that are near their end anew, as is done daily, and writes the kubeconfig with them; connections stay. */
  renew(): void;
  /** Ends watches, answers what has begun, and closes the database. */
  close(): Promise<void>;
}

/**
 * Starts the embedded Kubernetes API.
 * @throws Error when another server uses `dir`, or the given port is taken
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { dir, host = '127.0.0.1', now = () => new Date() } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const store = new Store(join(dir, 'state.db'));
  try {
    return await serve({ ...options, host }, store, () => loadPki(join(dir, 'pki'), host, now()));
  } catch (error) {
    store.close();
    throw error;
  }
}

type Options = ApiServerOptions & { host: string };

async function serve(options: Options, store: Store, readPki: () => Pki): Promise<ApiServer> {
  const { dir, host, crds, handlers, port = 0 } = options;
  const pki = readPki();
  const stop = new AbortController();
  const registry = new Registry();
  const api: Api = { store, registry, now: () => new Date(), stopping: stop.signal, sweep: (uid) => sweeper?.add(uid) };
  let sweeper: Sweeper | undefined;
  const unfollow = followCrds(store, registry);
  createNamespaces(api);
  installCrds(api, crds as KubeObject[]);
  await store.flushed();
  const subresources = handlers?.subresources ?? new Map();
  const discovery = new Discovery(registry, [...reviewResources, ...subresourceResources(subresources)]);
  const pages = handlers?.pages ?? new Map();
  const routes = { api, discovery, openapi: new OpenApi(registry), subresources, pages, token: pki.token };
  const socketPath = join(dir, 'api.sock');
  const tls = await listenAgain(store, port, (chosen) => listenTls(pki, host, chosen, handlerOf(routes)));
  const unix = await listenUnix(socketPath, handlerOf(routes)).catch(async (error) => {
    await closeServer(tls);
    throw error;
  });
  for (const server of [tls, unix]) {
    server.on('upgrade', (req, socket, head) => void handleUpgrade(routes, req, socket, head));
  }
  sweeper = new Sweeper(api);
  const renew = () => {
    const fresh = readPki();
    tls.setSecureContext(secureContext(fresh.server, fresh.ca));
    publish(dir, host, tls, fresh);
  };
  const timer = setInterval(() => {
    try {
      renew();
    } catch (error) {
      console.error(
        `apiserver: certificates cannot be renewed, which is tried again tomorrow: ${(error as Error).message}`,
      );
    }
  }, RENEW_MS).unref();
  const close = async () => {
    stop.abort();
    clearInterval(timer);
    sweeper?.stop();
    unfollow();
    await Promise.all([closeServer(tls), closeServer(unix)]);
    store.close();
  };
  return { ...publish(dir, host, tls, pki), socketPath, renew, close };
}

const handlerOf =
  (routes: Routes): RequestListener =>
  (req, res) =>
    void handleRequest(routes, req, res);

/** Tells clients where the server is. */
function publish(dir: string, host: string, tls: Server, pki: Pki): Pick<ApiServer, 'url' | 'kubeconfig'> {
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${(tls.address() as AddressInfo).port}`;
  const config = kubeconfig(url, pki);
  replace(join(dir, 'kubeconfig'), `${JSON.stringify(config, null, 2)}\n`);
  return { url, kubeconfig: config };
}

/** Takes the port of the last time, so that kubeconfigs stay valid; if another program took it meanwhile, a new one. */
async function listenAgain(store: Store, port: number, open: (port: number) => Promise<TlsServer>): Promise<TlsServer> {
  const remembered = port === 0 ? Number(store.setting('port') ?? 0) : port;
  let server: TlsServer;
  try {
    server = await open(remembered);
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!isTaken) throw error;
    if (port !== 0) throw new Error(`port ${port} is taken by another program: choose another one`, { cause: error });
    console.error(`apiserver: port ${remembered} is taken by another program; the kubeconfig is written anew`);
    server = await open(0);
  }
  store.setSetting('port', String((server.address() as AddressInfo).port));
  return server;
}
