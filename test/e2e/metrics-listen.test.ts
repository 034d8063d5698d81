import { afterAll, beforeAll, expect, test } from 'vitest';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';
import { until } from './until.ts';

let executor: TestExecutor;
let url: string;

beforeAll(async () => {
  executor = await startExecutor({ arguments: ['--metrics-listen', '127.0.0.1:0'] });
  url = /"url":"(http:[^"]+)"/.exec(executor.log())?.[1] ?? '';
});
afterAll(() => executor?.[Symbol.asyncDispose]());

const page = async (): Promise<string> => (await fetch(url)).text();

test('an executor serves the metrics of its own machines, as plain text over plain HTTP', async () => {
  await executor.create('VirtualMachine', 'there', smallMachine('none', { disks: [], restartPolicy: 'Never' }));
  await executor.eventually('VirtualMachine', 'there', (machine) => machine?.status?.powerState === 'Running');
  const series = 'vmctl_machine_memory_size_bytes{namespace="default",name="there"} 33554432';
  await until(async () => (await page()).includes(series), { limitMs: 60_000, what: () => series });
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toMatch(/^vmctl_reconcile_seconds_count\{kind="VirtualMachine"\} [1-9]/m);
});

test('it serves nothing else', async () => {
  expect((await fetch(new URL('/api/v1/secrets', url))).status).toBe(404);
  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
});

test('series go with their object', async () => {
  await executor.remove('VirtualMachine', 'there');
  await executor.eventually('VirtualMachine', 'there', (machine) => machine === undefined);
  // What the executor knows of objects comes by a watch of its own.
  await until(async () => !(await page()).includes('name="there"'), {
    limitMs: 60_000,
    what: () => 'the series to go',
  });
});
