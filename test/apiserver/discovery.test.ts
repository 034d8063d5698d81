import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SubresourceHandler } from '../../executor/apiserver/index.ts';
import { type TestServer, testServer } from './fixtures/server.ts';

const echo: SubresourceHandler = {
  http: (_req, res, { namespace, name, query, user, rest }) => {
    res.end(JSON.stringify({ namespace, name, rest, query: Object.fromEntries(query), user: user.name }));
  },
  upgrade: (_req, socket, _head, { name }) => {
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nhello ${name}`);
  },
};

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ handlers: { subresources: new Map([['virtualmachines/console', echo]]) } });
});
afterAll(() => server[Symbol.asyncDispose]());

const aggregated = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' };
const base = '/apis/subresources.vmctl.dev/v1alpha1/namespaces/default/virtualmachines';

test('aggregated discovery has every group, and an entity tag', async () => {
  const { body, headers } = await server.ask('GET', '/apis', undefined, aggregated);
  expect(headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  expect(body).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
  const group = body.items.find((item: { metadata: { name: string } }) => item.metadata.name === 'test.vmctl.dev');
  expect(group.versions[0].resources[0]).toMatchObject({
    ...{
      resource: 'machines',
      scope: 'Namespaced',
      singularResource: 'machine',
      shortNames: ['mc'],
      categories: ['vms'],
    },
    responseKind: { group: 'test.vmctl.dev', version: 'v1', kind: 'Machine' },
    subresources: [{ subresource: 'status', verbs: ['get', 'patch', 'update'] }],
  });
  const again = { ...aggregated, 'if-none-match': String(headers['etag']) };
  expect((await server.ask('GET', '/apis', undefined, again)).code).toBe(304);
  const core = await server.ask('GET', '/api', undefined, aggregated);
  expect(core.body.items[0].versions[0].version).toBe('v1');
});

test('so has discovery as older clients ask for it', async () => {
  expect((await server.ask('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  const { groups } = (await server.ask('GET', '/apis')).body;
  expect(groups.map((group: { name: string }) => group.name)).toContain('test.vmctl.dev');
  expect((await server.ask('GET', '/apis/test.vmctl.dev')).body).toMatchObject({
    kind: 'APIGroup',
    preferredVersion: { groupVersion: 'test.vmctl.dev/v1', version: 'v1' },
  });
  const { resources } = (await server.ask('GET', '/apis/test.vmctl.dev/v1')).body;
  expect(resources.map((r: { name: string }) => r.name)).toEqual(['machines', 'machines/status']);
  expect((await server.ask('GET', '/apis/unknown.example/v1')).code).toBe(404);
});

test('OpenAPI: an index by group and version, whose documents are found by hash', async () => {
  const { paths } = (await server.ask('GET', '/openapi/v3')).body;
  const address = paths['apis/test.vmctl.dev/v1'].serverRelativeURL;
  expect(address).toMatch(/^\/openapi\/v3\/apis\/test\.vmctl\.dev\/v1\?hash=[0-9A-F]+$/);
  const { body, headers } = await server.ask('GET', address);
  expect(headers['cache-control']).toContain('immutable');
  expect(Object.keys(body.paths)).toContain('/apis/test.vmctl.dev/v1/namespaces/{namespace}/machines/{name}');
  expect((await server.ask('GET', '/openapi/v2')).body.swagger).toBe('2.0');
  // In protobuf too: kubectl-list.test.ts has kubectl read it.
  expect((await server.ask('GET', '/openapi/v2', undefined, { accept: 'text/html' })).code).toBe(406);
});

test('the daemon serves subresources of its own, which discovery names', async () => {
  const { body } = await server.ask('GET', `${base}/web/console/a/b?tty=true`);
  expect(body).toEqual({
    namespace: 'default',
    name: 'web',
    rest: 'a/b',
    query: { tty: 'true' },
    user: 'kubernetes-admin',
  });
  expect((await server.ask('GET', `${base}/web/other`)).code).toBe(404);
  const { resources } = (await server.ask('GET', '/apis/subresources.vmctl.dev/v1alpha1')).body;
  expect(resources.map((r: { name: string }) => r.name)).toContain('virtualmachines/console');
});

const tls = (port: number): Socket => connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });

const upgrade = (path: string, headers: readonly string[] = [], open = () => connect(server.socketPath)) =>
  new Promise<string>((resolve, reject) => {
    const socket = open();
    const lines = [`GET ${path} HTTP/1.1`, 'host: x', 'connection: Upgrade', 'upgrade: echo', ...headers];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });

test('upgraded connections reach the handler; others are answered in HTTP', async () => {
  expect(await upgrade(`${base}/web/console`)).toMatch(/^HTTP\/1\.1 101 [\s\S]*hello web$/);
  expect(await upgrade(`${base}/web/other`)).toMatch(/^HTTP\/1\.1 404 [\s\S]*"reason":"NotFound"/);
});

test('a connection is upgraded for who may use the API and for nobody else', async () => {
  const { port } = new URL(server.url);
  const token = readFileSync(join(server.dir, 'pki', 'token'), 'utf8').trim();
  const over = (...headers: string[]) => upgrade(`${base}/web/console`, headers, () => tls(Number(port)));
  expect(await over()).toMatch(/^HTTP\/1\.1 401 [\s\S]*"reason":"Unauthorized"/);
  expect(await over('authorization: Bearer wrong')).toMatch(/^HTTP\/1\.1 401 /);
  expect(await over(`authorization: Bearer ${token}`)).toMatch(/^HTTP\/1\.1 101 [\s\S]*hello web$/);
});
