import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiServer } from '../../executor/apiserver/index.ts';
import { loadPki } from '../../executor/apiserver/pki/index.ts';
import { kubectlFor } from './fixtures/kubectl.ts';
import { machines, type TestServer, tempDir, testServer } from './fixtures/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const pem = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64').toString();
const authority = () => pem(server.kubeconfig.clusters[0]?.cluster['certificate-authority-data']);
const credentials = () => {
  const user = server.kubeconfig.users[0]?.user;
  return { cert: pem(user?.['client-certificate-data']), key: pem(user?.['client-key-data']) };
};

const ask = async (path: string, options: object = {}): Promise<{ code: number | undefined; text: string }> => {
  const sent = request(`${server.url}${path}`, { ca: authority(), agent: false, ...options }).end();
  const [res] = await once(sent, 'response');
  let text = '';
  for await (const chunk of res) text += chunk;
  return { code: res.statusCode, text };
};

test('a client certificate or the token is let in', async () => {
  expect((await ask(machines, credentials())).code).toBe(200);
  const token = readFileSync(join(server.dir, 'pki', 'token'), 'utf8').trim();
  expect((await ask(machines, { headers: { authorization: `Bearer ${token}` } })).code).toBe(200);
});

test('none, a foreign certificate or a wrong token is not', async () => {
  const foreign = tempDir();
  const { client } = loadPki(foreign, '127.0.0.1');
  rmSync(foreign, { recursive: true });
  const attempts = [
    {},
    { cert: client.certificate, key: client.key },
    { headers: { authorization: 'Bearer wrong' } },
    { headers: { authorization: 'Basic YTpi' } },
  ];
  for (const attempt of attempts) {
    const { code, text } = await ask(machines, attempt);
    expect(code).toBe(401);
    expect(JSON.parse(text)).toEqual({
      ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
      ...{ message: 'Unauthorized', reason: 'Unauthorized', code: 401 },
    });
  }
});

test('health and version are for anyone', async () => {
  for (const path of ['/healthz', '/livez', '/readyz']) expect(await ask(path)).toEqual({ code: 200, text: 'ok' });
  expect(JSON.parse((await ask('/version')).text)).toMatchObject({
    major: '1',
    minor: '32',
    gitVersion: 'v1.32.0+vmctl',
  });
});

test('the certificate is for this host and no other', async () => {
  const { port } = new URL(server.url);
  await expect(
    once(request(`https://127.0.0.2:${port}/version`, { ca: authority() }).end(), 'response'),
  ).rejects.toThrow();
  expect(
    (await once(request(`https://localhost:${port}/version`, { ca: authority(), agent: false }).end(), 'response'))[0]
      .statusCode,
  ).toBe(200);
});

test('only the owner can open the folder, the socket and the keys', () => {
  const mode = (...path: string[]) => (statSync(join(server.dir, ...path)).mode & 0o777).toString(8);
  expect([mode(), mode('api.sock'), mode('kubeconfig'), mode('pki')]).toEqual(['700', '600', '600', '700']);
  for (const file of readdirSync(join(server.dir, 'pki'))) expect([file, mode('pki', file)]).toEqual([file, '600']);
});

test('a second server on the same folder is refused with a clear sentence', async () => {
  await expect(startApiServer({ dir: server.dir, crds: [] })).rejects.toThrow(
    /another API server is running on .*state\.db: stop it first/,
  );
  expect((await server.ask('GET', '/livez')).text).toBe('ok');
});

test('address and credentials stay over a restart', async () => {
  const before = readFileSync(join(server.dir, 'kubeconfig'), 'utf8');
  await server.restart();
  expect(readFileSync(join(server.dir, 'kubeconfig'), 'utf8')).toBe(before);
  expect(await kubectlFor(server.dir).ok(['get', 'ns', 'default', '-o', 'name'])).toContain('namespace/default');
});

test('when another program took the port, a new one is chosen, and an explicit one refused', async () => {
  const dir = tempDir();
  const first = await startApiServer({ dir, crds: [] });
  await first.close();
  const port = Number(new URL(first.url).port);
  const squatter = createServer().listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  const second = await startApiServer({ dir, crds: [] });
  expect(second.url).not.toBe(first.url);
  expect(readFileSync(join(dir, 'kubeconfig'), 'utf8')).toContain(second.url);
  await second.close();
  const taken = (squatter.address() as AddressInfo).port;
  await expect(startApiServer({ dir, crds: [], port: taken })).rejects.toThrow(
    `port ${taken} is taken by another program`,
  );
  squatter.close();
  rmSync(dir, { recursive: true });
});

test('certificates are renewed while the server runs, and connections stay', async () => {
  let days = 0;
  const now = () => new Date(Date.now() + days * 24 * 3_600_000);
  await using server = await testServer({ now });
  const written = () => JSON.stringify(JSON.parse(readFileSync(join(server.dir, 'kubeconfig'), 'utf8')));
  const certificate = () => readFileSync(join(server.dir, 'pki/server.crt'), 'utf8');
  const shown = async () => {
    const { port } = new URL(server.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return socket;
  };
  const first = await shown();
  const [before, kubeconfig] = [certificate(), written()];
  days = 240;
  server.renew();
  expect([certificate(), written()]).toEqual([before, kubeconfig]);
  days = 250;
  server.renew();
  expect(certificate()).not.toBe(before);
  expect(written()).not.toBe(kubeconfig);
  const second = await shown();
  expect(second.getPeerCertificate().serialNumber).not.toBe(first.getPeerCertificate().serialNumber);
  first.write('GET /healthz HTTP/1.1\r\nhost: api\r\n\r\n');
  expect(String((await once(first, 'data'))[0])).toContain('200 OK');
  for (const socket of [first, second]) socket.destroy();
});

test('certificates are made once, and anew when broken or near their end', () => {
  const dir = tempDir();
  const [first, second] = [loadPki(dir, '127.0.0.1'), loadPki(dir, '127.0.0.1')];
  expect(second).toEqual(first);
  const inTenMonths = new Date(Date.now() + 310 * 24 * 3_600_000);
  const renewed = loadPki(dir, '127.0.0.1', inTenMonths);
  expect(renewed.ca).toBe(first.ca);
  expect(renewed.server.certificate).not.toBe(first.server.certificate);
  writeFileSync(join(dir, 'client.key'), 'broken');
  expect(loadPki(dir, '127.0.0.1', inTenMonths).client).not.toEqual(renewed.client);
  expect(loadPki(dir, '::1', inTenMonths).server).not.toEqual(renewed.server);
  rmSync(dir, { recursive: true });
  expect(existsSync(dir)).toBe(false);
});

test('a folder whose socket would have too long a path says so', async () => {
  const dir = join(tempDir(), 'd'.repeat(100));
  await expect(startApiServer({ dir, crds: [] })).rejects.toThrow(
    /longer than 107 bytes: use a folder with a shorter name/,
  );
});

test('a resumed TLS session is known again by its certificate', async () => {
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
  const reused: boolean[] = [];
  for (let i = 0; i < 3; i++) {
    const sent = request(`${server.url}${machines}`, { ca: authority(), agent, ...credentials() }).end();
    const [res] = await once(sent, 'response');
    reused.push(res.socket.isSessionReused());
    expect(res.statusCode).toBe(200);
    res.resume();
    await once(res, 'close');
  }
  expect(reused).toEqual([false, true, true]);
});
