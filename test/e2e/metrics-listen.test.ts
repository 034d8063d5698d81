import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findQemus } from '../../executor/qemu/process/index.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';
import { until } from './until.ts';

const MAIN = join(import.meta.dirname, '../../executor/main.ts');

/** Whose API the executor under test is a node of. */
let api: TestExecutor;
let home: string;
let node: ChildProcess;
let url: string;

beforeAll(async () => {
  api = await startExecutor();
  home = await mkdtemp(join(tmpdir(), 'vmctl-node-'));
  const place = ['--kubeconfig', join(api.home, 'api/kubeconfig'), '--home', home, '--node-name', 'second'];
  const argv = ['--disable-warning=ExperimentalWarning', MAIN, ...place, '--metrics-listen', '127.0.0.1:0'];
  node = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [node.stdout, node.stderr]) {
    stream?.on('data', (text) => {
      said += text;
    });
  }
  const found = () => /"url":"(http:[^"]+)"/.exec(said)?.[1];
  await until(() => found() !== undefined, { limitMs: 30_000, what: () => `where metrics are; it said ${said}` });
  url = found() ?? '';
});

afterAll(async () => {
  if (node?.exitCode === null) {
    const ended = once(node, 'exit');
    node.kill('SIGTERM');
    await ended;
  }
  for (const { pid, argv } of findQemus().values()) {
    if (argv.some((argument) => argument.includes(home))) process.kill(pid, 'SIGKILL');
  }
  await api?.[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true, maxRetries: 3 });
});

const page = async (): Promise<string> => (await fetch(url)).text();

test('an executor of a cluster serves the metrics of its own machines, as plain text over plain HTTP', async () => {
  const spec = { disks: [], nodeName: 'second', restartPolicy: 'Never' };
  await api.create('VirtualMachine', 'there', smallMachine('none', spec));
  await api.eventually('VirtualMachine', 'there', (machine) => machine?.status?.powerState === 'Running');
  const series = 'vmctl_machine_memory_size_bytes{namespace="default",name="there"} 33554432';
  await until(async () => (await page()).includes(series), { limitMs: 10_000, what: () => series });
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toMatch(/^vmctl_reconcile_seconds_count\{kind="VirtualMachine"\} [1-9]/m);
});

test('it serves nothing else', async () => {
  expect((await fetch(new URL('/api/v1/secrets', url))).status).toBe(404);
  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
});

test('series go with their object', async () => {
  await api.remove('VirtualMachine', 'there');
  await api.eventually('VirtualMachine', 'there', (machine) => machine === undefined);
  expect(await page()).not.toContain('name="there"');
});
