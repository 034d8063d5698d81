import { BlockList, isIP } from 'node:net';
import type { ApiClient } from '../../schemas/client/client.ts';
import { isConflict, isNotFound } from '../../schemas/client/errors.ts';
import { core } from '../../schemas/client/paths.ts';
import {
  ACCESS_API_SERVICE,
  ACCESS_PORT_NAME,
  ACCESS_SERVICE,
  API_SERVICES,
  LEASES,
  SYSTEM_NAMESPACE,
} from '../../schemas/cluster.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { type Executor, executorOf, isLive, type NodeLease } from './nodes.ts';

interface Subset {
  readonly addresses: readonly { readonly ip: string; readonly nodeName: string }[];
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: 'TCP' }[];
}

type Endpoints = KubeObject & { subsets?: Subset[] };
type ApiService = KubeObject & { spec: { readonly caBundle?: string } };

const ENDPOINTS = core('endpoints');

/** What the API refuses in endpoints. Source: k8s.io/kubernetes `ValidateNonSpecialIP`. */
const special = new BlockList();
special.addSubnet('127.0.0.0', 8, 'ipv4');
special.addSubnet('169.254.0.0', 16, 'ipv4');
special.addSubnet('224.0.0.0', 24, 'ipv4');
special.addAddress('0.0.0.0', 'ipv4');
special.addSubnet('fe80::', 10, 'ipv6');
special.addAddress('::1', 'ipv6');
special.addAddress('::', 'ipv6');

/** Whether others than this host can reach an address, as far as one can tell by looking at it. */
export const isReachable = (ip: string): boolean =>
  isIP(ip) !== 0 && !special.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');

/** One subset for each port, in an order that does not depend on who came first. */
export function subsetsOf(executors: readonly Executor[]): Subset[] {
  const byPort = Map.groupBy(
    executors.filter(({ host }) => isReachable(host)),
    ({ port }) => port,
  );
  return [...byPort]
    .sort(([a], [b]) => a - b)
    .map(([port, group]) => ({
      addresses: group.map(({ host, node }) => ({ ip: host, nodeName: node })).sort((a, b) => (a.ip < b.ip ? -1 : 1)),
      ports: [{ name: ACCESS_PORT_NAME, port, protocol: 'TCP' }],
    }));
}

/** Same content, whatever the order of an object's keys on the server. */
const sameSubsets = (a: readonly Subset[], b: readonly Subset[]): boolean => {
  const text = (subsets: readonly Subset[]) =>
    JSON.stringify(
      subsets.map(({ addresses, ports }) => [
        addresses.map(({ ip, nodeName }) => [ip, nodeName]),
        ports.map(({ name, port }) => [name, port]),
      ]),
    );
  return text(a) === text(b);
};

/** Of who has just come or goes, against others that write as well. */
const MOST_TRIES = 5;

/**
 * Points the Service at the executors that live. Every executor does so now and then, and writes only a difference.
 * @param hasNews of this executor itself, written a moment ago: the API server's cache, which is enough else, may not know of it yet
 */
export async function writeEndpoints(client: ApiClient, now: number, hasNews: boolean): Promise<void> {
  for (let tries = hasNews ? MOST_TRIES : 1; tries > 0; tries -= 1) {
    if (await tryToWrite(client, now, hasNews ? {} : { resourceVersion: '0' })) return;
  }
}

/** @returns false where somebody else wrote at the same time */
async function tryToWrite(client: ApiClient, now: number, query: { resourceVersion?: string }): Promise<boolean> {
  const { items } = await client.list<NodeLease>(LEASES, SYSTEM_NAMESPACE, { query });
  const subsets = subsetsOf(items.filter((lease) => isLive(lease, now)).flatMap((lease) => executorOf(lease) ?? []));
  const metadata = { namespace: SYSTEM_NAMESPACE, name: ACCESS_SERVICE };
  try {
    const current = await client.get<Endpoints>(ENDPOINTS, metadata);
    if (!sameSubsets(current.subsets ?? [], subsets))
      await client.replace<Endpoints>(ENDPOINTS, { ...current, subsets });
  } catch (error) {
    if (isConflict(error)) return false;
    if (!isNotFound(error)) throw error;
    await client.create<Endpoints>(ENDPOINTS, { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets });
  }
  return true;
}

/** Tells the API server which CA the executors' certificates come from. @throws ApiError 404 where yamls/ was not applied */
export async function writeCaBundle(client: ApiClient, ca: string): Promise<void> {
  const target = { name: ACCESS_API_SERVICE };
  const caBundle = Buffer.from(ca).toString('base64');
  const { spec } = await client.get<ApiService>(API_SERVICES, target);
  if (spec.caBundle !== caBundle) await client.patch(API_SERVICES, target, { spec: { caBundle } });
}
