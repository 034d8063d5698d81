import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliHome, cliHome } from './cli-home.ts';

let person: CliHome;

beforeAll(async () => {
  person = await cliHome();
  // The embedded API alone has one node for ever; what a cluster answers is in test/cluster/node-commands.test.ts.
  await person.ok('up');
});
afterAll(() => person?.[Symbol.asyncDispose]());

test('lists the node that there is', async () => {
  const [head = '', row = ''] = (await person.ok('node', 'list')).split('\n');
  const cells = Object.fromEntries(head.split(/\s{2,}/).map((name, i) => [name, row.split(/\s{2,}/)[i]]));
  expect(cells).toMatchObject({ READY: 'True', CORDONED: 'no', MACHINES: expect.stringMatching(/^\d+\/\d+$/) });
});

test.each([
  ['drain', 'x'],
  ['cordon', 'x'],
  ['remove', 'x'],
  ['add', 'root@x'],
])('node %s says that it needs a cluster', async (verb, node) => {
  const { code, stderr } = await person.vmctl('node', verb, node);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`vmctl node ${verb} needs a Kubernetes cluster`)]);
});
