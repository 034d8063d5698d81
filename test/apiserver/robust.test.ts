import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  applyPatch,
  configMap,
  jsonPatch,
  machine,
  machineCrds,
  machines,
  mergePatch,
  type TestServer,
  testServer,
} from './fixtures/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
  await server.ask('POST', machines, machine('base', { disks: [{ name: 'root' }] }));
  await server.ask('POST', configMaps, configMap('base', { labels: { a: 'b' } }, { key: 'text' }));
});
afterAll(() => server[Symbol.asyncDispose]());

const configMaps = '/api/v1/namespaces/default/configmaps';
const strategicPatch = { 'content-type': 'application/strategic-merge-patch+json' };
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const [definition] = machineCrds;

/** Any JSON, with the names that the server looks at more often than chance would have them. */
const names = [
  'metadata',
  'name',
  'labels',
  'finalizers',
  'ownerReferences',
  'spec',
  'cpu',
  'disks',
  'status',
  'data',
  '__proto__',
  '$patch',
  'managedFields',
  'versions',
  'schema',
  'openAPIV3Schema',
];
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1, 1.5, 1e308, '', 'a', 'root', 'x'.repeat(300), '\u0000', '💥'),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 4 })), tie('json'), { maxKeys: 4 }),
  ),
}));

/** An object of the right shape with one part replaced. */
const broken = (base: object): fc.Arbitrary<string> =>
  fc.tuple(fc.nat(), json).map(([seed, value]) => {
    const copy = structuredClone(base) as Record<string, unknown>;
    const places: [Record<string, unknown>, string][] = [];
    const walk = (at: Record<string, unknown>) => {
      for (const key of Object.keys(at)) {
        places.push([at, key]);
        if (typeof at[key] === 'object' && at[key] !== null) walk(at[key] as Record<string, unknown>);
      }
    };
    walk(copy);
    const [at, key] = places[seed % places.length] ?? [copy, 'spec'];
    Object.defineProperty(at, key, { value, enumerable: true });
    return JSON.stringify(copy);
  });

const operation = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'other'),
    path: fc.constantFrom(
      '',
      '/',
      '/metadata',
      '/metadata/name',
      '/spec/disks/0',
      '/spec/disks/-',
      '/spec/__proto__/x',
      '/data/key',
      'x',
    ),
    from: fc.constantFrom('/spec', '/data', '/nowhere'),
    value: json,
  },
  { requiredKeys: ['op', 'path'] },
);

const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'default' },
  involvedObject: { kind: 'Machine', name: 'base', namespace: 'default' },
  ...{ reason: 'R', message: 'm', type: 'Normal', count: 1, source: { component: 'c' } },
};

const requests = fc.oneof(
  broken(machine('made', { disks: [{ name: 'root', size: 1 }] }, { labels: { a: 'b' }, finalizers: ['a.b/c'] })).map(
    (body) => ['POST', machines, body, {}] as const,
  ),
  broken(
    configMap('made', { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }] }, { a: 'b' }),
  ).map((body) => ['POST', configMaps, body, {}] as const),
  broken({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    data: { a: 'YQ==' },
    stringData: { b: 'c' },
    type: 'T',
  }).map((body) => ['POST', '/api/v1/namespaces/default/secrets', body, {}] as const),
  broken({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 's' }, spec: { finalizers: ['a/b'] } }).map(
    (body) => ['POST', '/api/v1/namespaces', body, {}] as const,
  ),
  broken(event).map((body) => ['POST', '/api/v1/namespaces/default/events', body, {}] as const),
  broken(definition ?? {}).map((body) => ['POST', crds, body.replaceAll('machines', 'others'), {}] as const),
  fc
    .tuple(json, fc.constantFrom(mergePatch, strategicPatch, { ...applyPatch }), fc.constantFrom(machines, configMaps))
    .map(
      ([body, type, path]) =>
        ['PATCH', `${path}/base?fieldManager=t&force=true&dryRun=All`, JSON.stringify(body), type] as const,
    ),
  fc
    .tuple(fc.array(operation, { maxLength: 3 }), fc.constantFrom(machines, configMaps))
    .map(([body, path]) => ['PATCH', `${path}/base?dryRun=All`, JSON.stringify(body), jsonPatch] as const),
  json.map((body) => ['DELETE', `${machines}/base?dryRun=All`, JSON.stringify(body), {}] as const),
  json.map(
    (body) => ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', JSON.stringify(body), {}] as const,
  ),
);

test('whatever is sent, the answer is an object or a refusal, never a failure of the server', async () => {
  const property = fc.asyncProperty(requests, async ([method, path, body, headers]) => {
    const answer = await server.ask(
      method,
      `${path}${path.includes('?') ? '&' : '?dryRun=All&'}fieldValidation=Strict`,
      body,
      headers,
    );
    expect([answer.code, answer.body?.message]).not.toEqual([
      expect.toSatisfy((code: number) => code >= 500),
      expect.anything(),
    ]);
    expect(answer.body).toBeTypeOf('object');
  });
  await fc.assert(property, { numRuns: 1500 });
  expect((await server.ask('GET', `${machines}/base`)).body.spec.disks).toEqual([{ name: 'root', bus: 'virtio' }]);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});

test.each([
  '?limit=x',
  '?labelSelector=%28',
  '?fieldSelector=x',
  '?resourceVersion=-1',
  '?timeoutSeconds=x',
  '?continue=x&resourceVersion=1',
  '?continue=%00',
])('a list with %s is a bad request', async (query) =>
  expect((await server.ask('GET', `${machines}${query}`)).code).toBe(400),
);

test.each([
  '?watch=1&sendInitialEvents=true',
  '?resourceVersionMatch=Exact',
  '?resourceVersion=1&resourceVersionMatch=Odd',
])('a list with %s asks for what there is not', async (query) => {
  const answer = await server.ask('GET', `${machines}${query}`);
  expect(answer).toMatchObject({ code: 422, body: { details: { kind: 'ListOptions' } } });
});
