import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from '../../executor/apiserver/index.ts';
import { Store } from '../../executor/apiserver/store/store.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { readCrds } from './crds.ts';
import type { Side } from './scenario.ts';
import { type Cluster, type ServerAccess, startCluster } from './servers.ts';

export interface Servers extends AsyncDisposable {
  readonly embedded: Side;
  readonly real: Side;
  readonly cluster: Cluster;
}

/**
 * The embedded API and a real cluster, both with our CRDs. `area` says what the real side of a comparison is: the CRD
 * server of 1.36 for custom resources, the control plane for the kinds that Kubernetes has itself.
 */
export async function startServers(area: 'core' | 'crds'): Promise<Servers> {
  const isCrds = area === 'crds';
  const cluster = await startCluster({ crdServer: isCrds, kinds: isCrds, controllerManager: !isCrds });
  try {
    const embedded = await startEmbedded(isCrds);
    return {
      embedded: { access: embedded.access, core: embedded.access, kubeconfig: embedded.access.kubeconfig },
      real: { access: cluster[area], core: cluster.core, kubeconfig: cluster.kubeconfig },
      cluster,
      async [Symbol.asyncDispose]() {
        await embedded.close();
        await cluster[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

/** More than are kept for those who resume: the first versions are forgotten, as those of a real server's watch cache are. */
const CHANGES = 1200;
const HOUR_MS = 3_600_000;

async function age(dir: string): Promise<void> {
  const store = new Store(join(dir, 'state.db'));
  const metadata = { name: 'old', namespace: 'default', uid: 'old' };
  const old = { resource: 'configmaps', schema: 'test', prev: undefined };
  for (let change = 0; change < CHANGES; change += 2) {
    const object = () => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata } });
    for (const type of ['ADDED', 'DELETED'] as const)
      store.write({ ...old, type, object: object() }, Date.now() - HOUR_MS);
  }
  await store.flushed();
  store.compact();
  store.close();
}

async function startEmbedded(isOld: boolean): Promise<{ access: ServerAccess; close(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'vmctl-embedded-'));
  if (isOld) await age(dir);
  const server = await startApiServer({ dir, crds: readCrds() });
  const { cluster } = server.kubeconfig.clusters[0] ?? {};
  const { user } = server.kubeconfig.users[0] ?? {};
  const pem = (data = ''): string => Buffer.from(data, 'base64').toString();
  const tls = {
    ca: pem(cluster?.['certificate-authority-data']),
    cert: pem(user?.['client-certificate-data']),
    key: pem(user?.['client-key-data']),
  };
  const transport = createTransport({ url: server.url, tls });
  const close = async (): Promise<void> => {
    transport.close();
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { access: { url: server.url, kubeconfig: join(dir, 'kubeconfig'), transport, tls }, close };
}
