import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The servers of a control plane; the last is the CRD server of Kubernetes 1.36, which takes the others as its core. */
export const SERVERS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'apiextensions-apiserver',
] as const;
export type Server = (typeof SERVERS)[number];

/** Where the build keeps everything: packages, sources and, in `bin`, what it built. Not committed. */
export const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'cluster');

/** Where a binary is once it is built. */
export const built = (server: Server): string => join(CACHE, 'bin', server);

/**
 * The servers to be had, by name. `KUBEBUILDER_ASSETS`, as in controller-runtime's envtest, names a folder that has etcd
 * and kube-apiserver; its apiserver is recent enough to serve the custom resources itself.
 */
export function findServers(env: NodeJS.ProcessEnv = process.env): Partial<Record<Server, string>> {
  const assets = env['KUBEBUILDER_ASSETS'];
  const at = assets ? (server: Server) => join(assets, server) : built;
  return Object.fromEntries(SERVERS.filter((server) => existsSync(at(server))).map((server) => [server, at(server)]));
}

/** Servers that envtest's folder need not have: newer apiservers serve custom resources themselves. */
const OPTIONAL: ReadonlySet<Server> = new Set(['kube-controller-manager', 'kube-scheduler', 'apiextensions-apiserver']);

/**
 * Why tests on a real control plane can't run here, or undefined when they can.
 * @param also servers that those tests need although `KUBEBUILDER_ASSETS` may be without them
 */
export function missingServers(also: readonly Server[] = [], env: NodeJS.ProcessEnv = process.env): string | undefined {
  const found = findServers(env);
  const assets = env['KUBEBUILDER_ASSETS'];
  const isNeeded = (server: Server): boolean => !assets || !OPTIONAL.has(server) || also.includes(server);
  const missing = SERVERS.filter((server) => isNeeded(server) && !found[server]);
  if (missing.length === 0) return undefined;
  const where = assets ? `KUBEBUILDER_ASSETS=${assets} has no` : 'not built yet (npm run test:cluster builds them):';
  return `${where} ${missing.join(', ')}`;
}
