import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAggregation } from '../../executor/aggregation/index.ts';
import { startApiServer } from '../../executor/apiserver/index.ts';
import { issue, type KeyPair } from '../../executor/apiserver/pki/certificate.ts';
import { renewLease } from '../../executor/daemon/node-lease.ts';
import { type ApiClient, createClient } from '../../schemas/client/client.ts';
import { core } from '../../schemas/client/paths.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { ACCESS_ANNOTATION, LEASES, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { until } from '../e2e/until.ts';

const LIMIT_MS = 60_000;
const CONFIG = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
const authority = (commonName: string) => issue({ commonName, usage: 'ca', days: 2 }, new Date());
const [before, after] = [authority('ca'), authority('new-ca')];
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

const folder = mkdtempSync(join(tmpdir(), 'vmctl-ca-'));
let server: Awaited<ReturnType<typeof startApiServer>>;
let client: ApiClient;
let end: () => Promise<void>;

const data = (...authorities: KeyPair[]) => ({
  'requestheader-client-ca-file': authorities.map(({ certificate }) => certificate).join(''),
  'requestheader-allowed-names': '["front-proxy-client"]',
  'requestheader-username-headers': '["X-Remote-User"]',
  'requestheader-group-headers': '["X-Remote-Group"]',
  'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
});

beforeAll(async () => {
  server = await startApiServer({ dir: folder, crds: [] });
  client = createClient(createTransport({ socketPath: server.socketPath }));
  for (const name of [SYSTEM_NAMESPACE, CONFIG.namespace])
    await client
      .create(core('namespaces', false), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      .catch(() => {});
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: CONFIG, data: data(before) };
  await client.create(core('configmaps'), config as KubeObject);
  await renewLease(client, { namespace: SYSTEM_NAMESPACE, name: 'one' }, 3600, new Date());
  const where = { apiUrl: '', address: '127.0.0.1', port: 0 };
  end = startAggregation({ client, nodeName: 'one', subresources: new Map(), log: quiet, ...where });
});
afterAll(async () => {
  await end();
  client.transport.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Whether somebody is believed to be who he is named under a certificate of a CA, as an API server names him. */
async function counts(ca: KeyPair, port: number): Promise<boolean> {
  const issuer = { ...ca, keyObject: createPrivateKey(ca.key) };
  const { certificate, key } = issue(
    { commonName: 'front-proxy-client', usage: 'client', days: 1, issuer },
    new Date(),
  );
  const headers = { 'x-remote-user': 'ada' };
  // Nothing is served here: whoever is believed is told so.
  const path = '/apis/subresources.vmctl.dev';
  const tls = { cert: certificate, key, rejectUnauthorized: false, agent: false } as const;
  const request = get({ host: '127.0.0.1', port, path, headers, ...tls });
  const [response] = await once(request, 'response');
  response.resume();
  expect([401, 404]).toContain(response.statusCode);
  return response.statusCode !== 401;
}

test('a new CA of the API server for those whom it names is believed as soon as it is published', async () => {
  const lease = () => client.get<KubeObject>(LEASES, { namespace: SYSTEM_NAMESPACE, name: 'one' });
  const address = async () => (await lease()).metadata.annotations?.[ACCESS_ANNOTATION];
  await until(async () => (await address()) !== undefined, { limitMs: LIMIT_MS, what: () => 'an address' });
  const port = Number((await address())?.split(':').at(-1));
  const both = async () => [await counts(before, port), await counts(after, port)].join();
  const come = (state: string) =>
    until(async () => (await both()) === state, { limitMs: LIMIT_MS, what: () => `the two CAs to count: ${state}` });
  await come('true,false');
  await client.patch(core('configmaps'), CONFIG, { data: data(before, after) });
  await come('true,true');
  await client.patch(core('configmaps'), CONFIG, { data: data(after) });
  await come('false,true');
});
