import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfig } from '../../executor/apiserver/kubeconfig.ts';
import { issue, type KeyPair } from '../../executor/apiserver/pki/certificate.ts';
import { loadPki, type Pki } from '../../executor/apiserver/pki/index.ts';
import { createTransport, readText, type Transport } from '../../schemas/client/transport.ts';
import { findServers, missingServers } from '../../scripts/cluster/binaries.ts';
import { freePorts } from '../fixtures/free-ports.ts';
import {
  controllerManager,
  crdServer,
  etcd,
  FRONT_PROXY,
  kubeApiserver,
  SERVICE_ADDRESS,
  scheduler,
} from './arguments.ts';
import { type Child, ready, startChild } from './child.ts';
import { installKinds, installPolicyKinds } from './crds.ts';
import { startFront } from './front.ts';

/** One API server that speaks for `system:masters`. */
export interface ServerAccess {
  readonly url: string;
  /** A kubeconfig file with one context. */
  readonly kubeconfig: string;
  readonly transport: Transport;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

export interface ClusterOptions {
  /** Runs kube-controller-manager: garbage collection, namespace deletion, aggregated roles. Default false. */
  readonly controllerManager?: boolean;
  /** `unlimited`: it may ask the API more than its usual 50 times a second. Default false. */
  readonly scheduler?: boolean | 'unlimited';
  /** Runs the CRD server of 1.36 beside the core. Default true. */
  readonly crdServer?: boolean;
  /** Has our kinds from the start, so that the controllers know them. Default false. */
  readonly kinds?: boolean;
  /**
   * Has the CRD server obey ValidatingAdmissionPolicies, which it keeps itself: the core does not know them. Default false.
   */
  readonly policies?: boolean;
  /** Is for kubelets, which come later: they are held to their nodes, and pods have accounts. Default false. */
  readonly kubelets?: boolean;
}

export interface Cluster extends AsyncDisposable {
  /** Namespaces, secrets, events … */
  readonly core: ServerAccess;
  /** Custom resources: the newest server to be had; the core itself with KUBEBUILDER_ASSETS. */
  readonly crds: ServerAccess;
  /** Both behind one address. */
  readonly whole: ServerAccess;
  /** A kubeconfig for kubectl, which finds the kinds of both behind one address. */
  readonly kubeconfig: string;
  /** Folder of the certificates and keys: `ca.crt`, `ca.key`, `front-proxy-client.crt` … */
  readonly pki: string;
  /** A kubeconfig file for somebody else, with a certificate of his own. */
  identity(user: string, group?: string): string;
  readonly processes: readonly Child[];
}

/** What the arguments of each server are made from. */
export interface Plan {
  readonly dir: string;
  readonly pki: string;
  readonly ports: { readonly etcd: number; readonly peer: number; readonly core: number; readonly crds: number };
}

/**
 * Starts etcd, kube-apiserver and what else `options` asks for, on loopback, in a new folder with their own certificates.
 * @throws Error when a binary is missing or a server does not start; what was started by then is stopped
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const missing = missingServers();
  if (missing) throw new Error(missing);
  const dir = mkdtempSync(join(tmpdir(), 'vmctl-cluster-'));
  const started: Child[] = [];
  const resources = new AsyncDisposableStack();
  resources.defer(() => rmSync(dir, { recursive: true, force: true }));
  const stop = (): Promise<void> => resources.disposeAsync();
  try {
    const servers = await startServers(dir, options, started, resources);
    return { ...servers, processes: started, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Servers = Pick<Cluster, 'core' | 'crds' | 'whole' | 'kubeconfig' | 'identity' | 'pki'>;

async function startServers(
  dir: string,
  options: ClusterOptions,
  started: Child[],
  resources: AsyncDisposableStack,
): Promise<Servers> {
  const binaries = findServers();
  const { plan, pki } = await prepare(dir, options.kubelets ? SERVICE_ADDRESS : '127.0.0.1');
  const start = (name: keyof typeof binaries, args: readonly string[]): Child => {
    const child = startChild(name, binaries[name] ?? name, args, join(dir, `${name}.log`));
    started.push(child);
    resources.defer(child.stop);
    return child;
  };
  const reach = (name: string, port: number): ServerAccess => {
    const access = accessTo(dir, name, port, pki);
    resources.defer(access.transport.close);
    return access;
  };
  await ready(start('etcd', etcd(plan)), () =>
    answers(createTransport({ url: `http://127.0.0.1:${plan.ports.etcd}` }), '/health'),
  );
  const core = reach('core', plan.ports.core);
  await ready(start('kube-apiserver', kubeApiserver(plan, options.kubelets)), () => answers(core.transport, '/readyz'));
  const isApart = options.crdServer !== false && binaries['apiextensions-apiserver'] !== undefined;
  const crds = isApart ? reach('crds', plan.ports.crds) : core;
  const serveCrds = (policies?: string): Promise<void> =>
    ready(start('apiextensions-apiserver', crdServer(plan, core.kubeconfig, policies)), () =>
      answers(crds.transport, '/readyz'),
    );
  if (isApart) await serveCrds();
  if (options.kinds) await installKinds(crds);
  const whole = isApart ? reach('front', resources.use(await startFront(core, crds, plan.pki)).port) : core;
  if (options.policies) {
    // Nothing may be written before the policies were read, their own definitions neither.
    await installPolicyKinds(crds);
    await started.at(-1)?.stop();
    await serveCrds(whole.kubeconfig);
  }
  if (options.controllerManager) start('kube-controller-manager', controllerManager(plan, whole.kubeconfig));
  if (options.scheduler) start('kube-scheduler', scheduler(core.kubeconfig, options.scheduler === 'unlimited'));
  const identity = (user: string, group?: string): string => identityFile(dir, whole.url, pki, { user, group });
  return { core, crds, whole, kubeconfig: whole.kubeconfig, identity, pki: plan.pki };
}

async function prepare(dir: string, host: string): Promise<{ plan: Plan; pki: Pki }> {
  const folder = join(dir, 'pki');
  mkdirSync(folder);
  const pki = loadPki(folder, host);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'accounts.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  writeFrontProxy(folder);
  const [a = 0, b = 0, c = 0, d = 0] = await freePorts(4);
  return {
    plan: { dir, pki: folder, ports: { etcd: a, peer: b, core: c, crds: d } },
    pki,
  };
}

/** What the API server shows to the servers behind it comes from a CA that is for nothing else. */
function writeFrontProxy(folder: string): void {
  const ca = issue({ commonName: 'front-proxy-ca', usage: 'ca', days: 2 }, new Date());
  const issuer = { ...ca, keyObject: createPrivateKey(ca.key) };
  const client = issue({ commonName: FRONT_PROXY, usage: 'client', days: 2, issuer }, new Date());
  const write = (name: string, { certificate, key }: KeyPair): void => {
    writeFileSync(join(folder, `${name}.crt`), certificate);
    writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 });
  };
  write('front-proxy-ca', ca);
  write('front-proxy-client', client);
}

function accessTo(dir: string, name: string, port: number, pki: Pki): ServerAccess {
  const url = `https://127.0.0.1:${port}`;
  const file = join(dir, `${name}.kubeconfig`);
  writeFileSync(file, JSON.stringify(kubeconfig(url, pki)), { mode: 0o600 });
  const tls = { ca: pki.ca, cert: pki.client.certificate, key: pki.client.key };
  return { url, kubeconfig: file, transport: createTransport({ url, tls }), tls };
}

interface Person {
  readonly user: string;
  readonly group?: string | undefined;
}

function identityFile(dir: string, url: string, pki: Pki, { user, group }: Person): string {
  const key = readFileSync(join(dir, 'pki', 'ca.key'), 'utf8');
  const issuer = { certificate: pki.ca, key, keyObject: createPrivateKey(key) };
  const request = {
    commonName: user,
    usage: 'client',
    days: 1,
    issuer,
    ...(group && { organization: group }),
  } as const;
  const file = join(dir, `${user.replaceAll(':', '-')}.kubeconfig`);
  writeFileSync(file, JSON.stringify(kubeconfig(url, { ...pki, client: issue(request, new Date()) })), { mode: 0o600 });
  return file;
}

async function answers(transport: Transport, path: string): Promise<boolean> {
  const response = await transport.open({ method: 'GET', path });
  await readText(response);
  return response.statusCode === 200;
}
