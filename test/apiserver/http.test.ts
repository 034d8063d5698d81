import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyLimit } from '../../executor/apiserver/http/body.ts';
import {
  applyPatch,
  configMap,
  jsonPatch,
  machine,
  machines,
  mergePatch,
  type TestServer,
  testServer,
} from './fixtures/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const configMaps = '/api/v1/namespaces/default/configmaps';
const failure = (code: number, reason: string, message: unknown) => ({
  code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code },
});

test('every refusal is a Status', async () => {
  const { ask } = server;
  expect(await ask('GET', '/nowhere')).toMatchObject(
    failure(404, 'NotFound', 'the server could not find the requested resource'),
  );
  expect(await ask('GET', '/apis/test.vmctl.dev/v1/nothings')).toMatchObject(
    failure(404, 'NotFound', expect.any(String)),
  );
  expect(await ask('GET', `${machines}/absent`)).toMatchObject(
    failure(404, 'NotFound', 'machines.test.vmctl.dev "absent" not found'),
  );
  expect(await ask('PUT', machines, machine('x'))).toMatchObject(failure(400, 'BadRequest', 'name must be provided'));
  expect(await ask('PUT', configMaps, configMap('x'))).toMatchObject(
    failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource'),
  );
  expect(await ask('POST', machines, '{"kind":')).toMatchObject(
    failure(400, 'BadRequest', expect.stringContaining('JSON')),
  );
  expect(await ask('POST', machines, '[]')).toMatchObject(failure(400, 'BadRequest', expect.any(String)));
  expect(await ask('POST', machines, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject(
    failure(415, 'UnsupportedMediaType', expect.stringContaining('accepted media types include: application/json')),
  );
  expect(await ask('GET', machines, undefined, { accept: 'text/html' })).toMatchObject(
    failure(406, 'NotAcceptable', expect.stringContaining('application/json')),
  );
  expect(await ask('POST', machines, configMap('x'))).toMatchObject(
    failure(400, 'BadRequest', expect.stringContaining('(v1)')),
  );
});

test('a body over three mebibytes is refused, told or not', async () => {
  const big = JSON.stringify(configMap('big', {}, { a: 'x'.repeat(bodyLimit) }));
  const message = `Request entity too large: limit is ${bodyLimit}`;
  const told = await server.ask('POST', configMaps, big, { 'content-length': String(big.length) });
  expect(told).toMatchObject(failure(413, 'RequestEntityTooLarge', message));
  const untold = await server.ask('POST', configMaps, big, { 'transfer-encoding': 'chunked' }).catch((error) => error);
  // The server answers before it has read all, so the client may see the connection end first.
  if (!(untold instanceof Error)) expect(untold).toMatchObject(failure(413, 'RequestEntityTooLarge', message));
  expect((await server.ask('GET', `${configMaps}/big`)).code).toBe(404);
});

test('duplicate fields are found where clients ask for strictness', async () => {
  const head = '{"apiVersion":"test.vmctl.dev/v1","kind":"Machine","metadata":{"name":"twice"}';
  const text = `${head},"spec":{"cpu":{"cores":1,"cores":2},"disks":[{"name":"a","name":"b"}]}}`;
  const strict = await server.ask('POST', `${machines}?fieldValidation=Strict`, text);
  expect(strict).toMatchObject(
    failure(
      400,
      'BadRequest',
      expect.stringContaining(
        'strict decoding error: duplicate field "spec.cpu.cores", duplicate field "spec.disks[0].name"',
      ),
    ),
  );
  const warned = await server.ask('POST', `${machines}?fieldValidation=Warn`, text);
  expect(warned.code).toBe(201);
  expect(warned.headers['warning']).toContain('299 - "duplicate field \\"spec.cpu.cores\\""');
  expect(warned.body.spec.cpu.cores).toBe(2);
});

test('options with unknown values are refused', async () => {
  const odd = await server.ask('POST', `${machines}?dryRun=Some`, machine('x'));
  expect(odd).toMatchObject(
    failure(422, 'Invalid', expect.stringContaining('dryRun: Unsupported value: ["Some"]: supported values: "All"')),
  );
  const mode = await server.ask('POST', `${machines}?fieldValidation=Maybe`, machine('x'));
  expect(mode.body.message).toContain(
    'fieldValidation: Unsupported value: "Maybe": supported values: "", "Ignore", "Strict", "Warn"',
  );
});

test('generateName makes names that do not meet', async () => {
  const made = await Promise.all(
    Array.from({ length: 20 }, () => server.ask('POST', configMaps, { metadata: { generateName: 'made-' } })),
  );
  const names = made.map(({ body }) => body.metadata.name);
  expect(new Set(names).size).toBe(20);
  for (const name of names) expect(name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
});

test('names, labels and annotations are held to the rules', async () => {
  const long = 'n'.repeat(254);
  for (const name of ['Upper', 'with space', '-dash', 'under_score', 'slash/ed', long]) {
    const { code, body } = await server.ask('POST', configMaps, configMap(name));
    expect([name, code, body.details?.causes[0].field]).toEqual([name, 422, 'metadata.name']);
  }
  const labelled = await server.ask(
    'POST',
    configMaps,
    configMap('ok', { labels: { 'bad key!': 'x', fine: 'not fine' } }),
  );
  expect(labelled.body.details.causes.map((cause: { field: string }) => cause.field)).toEqual([
    'metadata.labels',
    'metadata.labels',
  ]);
  const typed = await server.ask('POST', configMaps, configMap('ok', { labels: { a: 1 } }));
  expect(typed.body.message).toContain(
    'cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  );
  const nameless = await server.ask('POST', configMaps, { metadata: {} });
  expect(nameless.body.message).toContain('metadata.name: Required value: name or generateName is required');
});

test('the status has an endpoint of its own, and generation counts the rest', async () => {
  const created = await server.ask('POST', machines, { ...machine('split'), status: { state: 'Forged' } });
  expect([created.body.status, created.body.metadata.generation]).toEqual([undefined, 1]);
  const viaStatus = { spec: { cpu: { cores: 9 } }, metadata: { labels: { a: 'b' } }, status: { state: 'Running' } };
  const status = await server.ask('PATCH', `${machines}/split/status`, viaStatus, mergePatch);
  expect(status.body).toMatchObject({
    spec: { cpu: { cores: 1 } },
    status: { state: 'Running' },
    metadata: { generation: 1 },
  });
  expect(status.body.metadata.labels).toBeUndefined();
  const viaSpec = { spec: { cpu: { cores: 2 } }, status: { state: 'Forged' } };
  const spec = await server.ask('PATCH', `${machines}/split`, viaSpec, mergePatch);
  expect(spec.body).toMatchObject({
    spec: { cpu: { cores: 2 } },
    status: { state: 'Running' },
    metadata: { generation: 2 },
  });
  const same = await server.ask('PATCH', `${machines}/split`, viaSpec, mergePatch);
  expect(same.body.metadata).toEqual(spec.body.metadata);
});

test('what the server decides cannot be changed', async () => {
  const { body } = await server.ask(
    'POST',
    machines,
    machine('fixed', {}, { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z' }),
  );
  expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(body.metadata.creationTimestamp).not.toContain('2001');
  const moved = await server.ask(
    'PATCH',
    `${machines}/fixed`,
    { metadata: { creationTimestamp: null, generation: 7 } },
    mergePatch,
  );
  expect(moved.body.metadata).toMatchObject({ creationTimestamp: body.metadata.creationTimestamp, generation: 1 });
  const other = await server.ask('PUT', `${machines}/fixed`, { ...body, metadata: { ...body.metadata, uid: 'other' } });
  expect(other).toMatchObject(failure(409, 'Conflict', expect.stringContaining('UID in precondition: other')));
  const renamed = await server.ask('PUT', `${machines}/fixed`, {
    ...body,
    metadata: { ...body.metadata, name: 'else' },
  });
  expect(renamed.body.message).toBe('the name of the object (else) does not match the name on the URL (fixed)');
  const { resourceVersion: _, ...unversioned } = body.metadata;
  const blind = await server.ask('PUT', `${machines}/fixed`, { ...body, metadata: unversioned });
  expect(blind.body.message).toContain('metadata.resourceVersion: Invalid value: 0: must be specified for an update');
});

test('patches of every type, with versions that must match', async () => {
  await server.ask('POST', machines, machine('patched'));
  const stale = await server.ask(
    'PATCH',
    `${machines}/patched`,
    { metadata: { resourceVersion: '1' }, spec: {} },
    mergePatch,
  );
  expect(stale.code).toBe(409);
  const operation = [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }];
  expect((await server.ask('PATCH', `${machines}/patched`, operation, jsonPatch)).body.metadata.labels).toEqual({
    a: 'b',
  });
  const yaml = 'apiVersion: test.vmctl.dev/v1\nkind: Machine\nspec:\n  cpu: {cores: 4}\n';
  const applied = await server.ask('PATCH', `${machines}/patched?fieldManager=t&force=true`, yaml, applyPatch);
  expect(applied.body.spec.cpu.cores).toBe(4);
  const anonymous = await server.ask('PATCH', `${machines}/patched`, yaml, applyPatch);
  expect(anonymous.body.message).toContain('fieldManager: Required value: is required for apply patch');
  const created = await server.ask('PATCH', `${machines}/from-nothing?fieldManager=t`, yaml, applyPatch);
  expect([created.code, created.body.metadata.name]).toEqual([201, 'from-nothing']);
  const unknown = '{"spec":{"foo":1}}';
  const strict = await server.ask('PATCH', `${machines}/patched?fieldValidation=Strict`, unknown, mergePatch);
  expect(strict.body).toMatchObject({
    code: 422,
    message: ` "" is invalid: patch: Invalid value: ${JSON.stringify(unknown)}: strict decoding error: unknown field "spec.foo"`,
  });
});

test('chunks show one moment, whatever happens in between', async () => {
  const path = '/api/v1/namespaces/kube-public/configmaps';
  for (const name of ['a', 'b', 'c', 'd', 'e']) await server.ask('POST', path, configMap(name, {}, { n: name }));
  const first = await server.ask('GET', `${path}?limit=2`);
  const { continue: token, remainingItemCount, resourceVersion } = first.body.metadata;
  expect(remainingItemCount).toBe(3);
  await server.ask('DELETE', `${path}/c`);
  await server.ask('PATCH', `${path}/d`, { data: { n: 'changed' } }, mergePatch);
  await server.ask('POST', path, configMap('cc'));
  const second = await server.ask('GET', `${path}?limit=2&continue=${token}`);
  expect(second.body.items.map((item: { data: object }) => item.data)).toEqual([{ n: 'c' }, { n: 'd' }]);
  expect(second.body.metadata.resourceVersion).toBe(resourceVersion);
  const last = await server.ask('GET', `${path}?limit=2&continue=${second.body.metadata.continue}`);
  expect(last.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['e']);
  expect(last.body.metadata.continue).toBeUndefined();
  const exact = await server.ask('GET', `${path}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
  expect(exact.body.items.map((item: { metadata: { name: string } }) => item.metadata.name).join('')).toBe('abcde');
  expect((await server.ask('GET', `${path}?continue=broken`)).code).toBe(400);
});

test('a large answer is compressed for those who ask', async () => {
  const path = '/api/v1/namespaces/kube-system/configmaps';
  for (let i = 0; i < 120; i++) await server.ask('POST', path, configMap(`big-${i}`, {}, { text: 'x'.repeat(2000) }));
  const { body, encoding } = await new Promise<{ body: Buffer; encoding: string | undefined }>((resolve, reject) => {
    const sent = request(
      { socketPath: server.socketPath, path, headers: { 'accept-encoding': 'gzip' }, agent: false },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk) => chunks.push(chunk));
        res.on('end', () => resolve({ body: Buffer.concat(chunks), encoding: res.headers['content-encoding'] }));
      },
    );
    sent.on('error', reject).end();
  });
  expect(encoding).toBe('gzip');
  expect(body.length).toBeLessThan(50_000);
  expect(JSON.parse(gunzipSync(body).toString()).items).toHaveLength(120);
});
