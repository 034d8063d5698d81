import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlFor } from './fixtures/kubectl.ts';
import { machine, type TestServer, testServer } from './fixtures/server.ts';

/** kubectl checks a `kind: List` on its own side, by OpenAPI 2.0 in protobuf, since no server has a schema of a bare List. */
let server: TestServer;
let kubectl: Kubectl;
beforeAll(async () => {
  server = await testServer();
  kubectl = kubectlFor(server.dir);
});
afterAll(() => server[Symbol.asyncDispose]());

const list = (...items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

test('what kubectl get -o yaml prints of several objects can be applied again', async () => {
  const applied = await kubectl.run(['apply', '-f', '-'], list(machine('a'), machine('b')));
  expect(applied.stderr).toBe('');
  expect(applied.stdout).toContain('a created');
  const printed = await kubectl.ok(['get', 'mc', 'a', 'b', '-o', 'yaml']);
  expect(printed).toContain('kind: List');
  const again = await kubectl.run(['apply', '-f', '-'], printed);
  expect(again.code).toBe(0);
});

test('kubectl refuses a List whose item has an unknown field or a wrong type, by the types that it was sent', async () => {
  const odd = { ...machine('c'), spec: { colour: 'blue' } };
  const unknown = await kubectl.run(['apply', '-f', '-'], list(odd));
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('unknown field "colour"');
  const typed = { ...machine('c'), spec: { cpu: { cores: 'many' } } };
  const wrong = await kubectl.run(['apply', '-f', '-'], list(typed));
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toMatch(/invalid type for .*cores/);
});
