import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../schemas/client/client.ts';
import { formatAddress } from '../../schemas/cluster.ts';
import { secureContext } from '../apiserver/http/listen.ts';
import type { Subresources } from '../apiserver/subresources.ts';
import { backoffDelay } from '../controller/backoff.ts';
import type { Log } from '../controller/types.ts';
import type { Trust } from './authenticate.ts';
import { isReachable, writeCaBundle, writeEndpoints } from './endpoints.ts';
import { addressTowards, type Listening, listen } from './listen.ts';
import { publishAddress } from './nodes.ts';
import { type Identity, identityOf, isGood, sharedCa } from './pki.ts';
import { readRequestHeader, watchRequestHeader } from './request-header.ts';
import { AggregatedApi } from './serve.ts';

export interface AggregationOptions {
  readonly client: ApiClient;
  /** Of the API server; this host's address on the way there is where it serves, unless told. */
  readonly apiUrl: string;
  readonly nodeName: string;
  readonly subresources: Subresources;
  readonly address?: string;
  /** A port that was asked for is taken or nothing is; the usual one gives way to any that is free. */
  readonly port?: number;
  readonly log: Log;
}

/** Where executors serve the ways into machines, where nothing else is asked for. */
const USUAL_PORT = 10_750;
/** How late it may be noticed that another executor has ended without a word, after its lease. */
const REFRESH_MS = 60_000;
/** Certificates and addresses change seldom: they are looked at every so many times. */
const RENEW_EVERY = 5;
const BACKOFF = { firstMs: 1000, longestMs: 60_000 };

interface Credentials {
  readonly trust: Trust;
  readonly identity: Identity;
}

async function credentials(
  { client, nodeName }: AggregationOptions,
  address: string,
  before?: Identity,
): Promise<Credentials> {
  const now = new Date();
  const [requestHeader, ca] = [await readRequestHeader(client), await sharedCa(client, now)];
  const isKept = before && isGood(before, ca.certificate, now);
  const identity = isKept ? before : identityOf(ca, nodeName, address, now);
  return { identity, trust: { requestHeader, executorsCa: ca.certificate } };
}

interface Running {
  /** Takes in what has changed: who lives, and now and then certificates. */
  refresh(round: number): Promise<void>;
  close(): Promise<void>;
}

async function serve(
  options: AggregationOptions,
  address: string,
): Promise<{ renew(): Promise<void>; served: Listening }> {
  const { client, nodeName, subresources, port } = options;
  let current = await credentials(options, address);
  const api = new AggregatedApi({
    ...{ client, nodeName, subresources },
    ...{ trust: () => current.trust, identity: () => current.identity },
  });
  const context = () => secureContext(current.identity, [current.identity.ca, current.trust.requestHeader.ca]);
  const where = { host: address, port: port ?? USUAL_PORT, orAny: port === undefined };
  const served = await listen(context(), where, (req, res) => void api.request(req, res));
  served.server.on('upgrade', (req, socket, head) => void api.upgrade(req, socket, head));
  const renew = async (): Promise<void> => {
    current = await credentials(options, address, current.identity);
    served.server.setSecureContext(context());
    await writeCaBundle(client, current.identity.ca);
  };
  return { renew, served };
}

async function start(options: AggregationOptions): Promise<Running> {
  const { client, nodeName, log } = options;
  const address = options.address ?? (await addressTowards(options.apiUrl));
  const { renew, served } = await serve(options, address);
  const published = formatAddress(address, served.port);
  const unwatch = watchRequestHeader(client, log, () => {
    renew().catch((error) => log.error('cannot take the new CA of the API server for the ways into machines', error));
  });
  const refresh: Running['refresh'] = async (round) => {
    const isRenewed = round % RENEW_EVERY === 0;
    if (isRenewed) {
      await publishAddress(client, nodeName, published);
      await renew();
    }
    await writeEndpoints(client, Date.now(), isRenewed);
  };
  const close: Running['close'] = async () => {
    unwatch();
    await served.close();
    await publishAddress(client, nodeName, null);
    await writeEndpoints(client, Date.now(), true);
  };
  log.info('serving the ways into machines', { address: published });
  if (!isReachable(address)) log.warn(`no API server is told of ${address}, which others cannot reach: give --listen`);
  return { refresh, close };
}

/**
 * Serves the ways into machines behind the cluster's API server. What is missing there is told in the log and tried again:
 * machines run without it.
 * @returns what ends it
 */
export function startAggregation(options: AggregationOptions): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const keep = async (): Promise<void> => {
    let running: Running | undefined;
    for (let round = 0, failures = 0; !signal.aborted; ) {
      try {
        running ??= await start(options);
        await running.refresh(round);
        round += 1;
        failures = 0;
      } catch (error) {
        failures += 1;
        options.log.error('cannot serve the ways into machines as it should be', error);
      }
      const wait = failures > 0 ? backoffDelay(BACKOFF, failures) : REFRESH_MS;
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
    await running?.close().catch((error) => options.log.error('cannot withdraw the ways into machines', error));
  };
  const done = keep();
  return async () => {
    stop.abort();
    await done;
  };
}
