import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type WebSocket from 'ws';
import { ensureOk, readText } from '../../schemas/client/transport.ts';
import { LINUX_MEMORY_MIB, linuxGuest } from '../fixtures/guests/linux.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';
import { until } from './until.ts';

const KEPT_BYTES = 16 * 1024;
const ROOT = '/apis/subresources.vmctl.dev/v1alpha1/namespaces/default/virtualmachines';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor({ arguments: ['--console-log-bytes', String(KEPT_BYTES)] });
  await executor.image('beat', serialDisk({ everyTicks: 1 }));
  await executor.create('VirtualMachine', 'beat', smallMachine('beat'));
  const { kernel, initrd, commandLine } = await linuxGuest();
  await executor.image('kernel', await readFile(kernel));
  await executor.image('initrd', await readFile(initrd));
  const boot = { kernel: { image: { name: 'kernel' }, initrd: { name: 'initrd' }, commandLine } };
  await executor.create('VirtualMachine', 'linux', {
    ...smallMachine('beat'),
    memory: { size: `${LINUX_MEMORY_MIB}Mi` },
    machine: { boot },
    disks: [],
  });
  await executor.says('beat', 'T 00000005');
  await executor.says('linux', 'vmctl-guest ready');
});

afterAll(() => executor?.[Symbol.asyncDispose]());

async function log(name: string, query = ''): Promise<string> {
  const request = { method: 'GET', path: `${ROOT}/${name}/log${query}`, headers: { accept: '*/*' } };
  return readText(await ensureOk(await executor.client.transport.open(request)));
}

interface Client {
  readonly socket: WebSocket;
  said(): string;
  hears(words: string | RegExp): Promise<void>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

async function open(name: string, query = ''): Promise<Client> {
  const socket = await executor.connect(`virtualmachines/${name}/console${query}`);
  let said = '';
  // A message is bytes: a character may begin in one and end in the next.
  const letters = new TextDecoder();
  socket.on('message', (data: Buffer, isBinary) => {
    expect(isBinary).toBe(true);
    said += letters.decode(data, { stream: true });
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  const heard = (words: string | RegExp) => (typeof words === 'string' ? said.includes(words) : words.test(said));
  const hears = (words: string | RegExp) =>
    until(() => heard(words), { limitMs: 90_000, what: () => `${words}; the console said: ${said}` });
  return { socket, said: () => said, hears, closed };
}

test('the log shows what the guest wrote: all of it, the last lines, the last bytes', async () => {
  expect(await log('beat')).toContain('vmctl-guest ready');
  const last = (await log('beat', '?tailLines=2')).trimEnd().split('\n');
  expect(last).toHaveLength(2);
  expect(last[0]).toMatch(/^T \d{8}/);
  expect(await log('beat', '?tailBytes=5')).toHaveLength(5);
  expect(await log('beat', '?tailLines=0')).toBe('');
});

test('a log that is followed goes on with the guest, without a gap', async () => {
  const request = { method: 'GET', path: `${ROOT}/beat/log?follow`, headers: { accept: '*/*' } };
  const response = await ensureOk(await executor.client.transport.open(request));
  let text = '';
  let first = 0;
  for await (const chunk of response) {
    text += String(chunk);
    const beats = [...text.matchAll(/T (\d{8})\r?\n/g)].map(([, count]) => Number(count));
    first ||= beats.length;
    if (beats.length < first + 5) continue;
    expect(beats).toEqual(beats.map((_, index) => (beats[0] ?? 0) + index));
    break;
  }
  expect(text).toContain('vmctl-guest ready');
});

test('a log of a machine that is not there, or with a count that is none, is refused in words', async () => {
  await expect(log('nobody')).rejects.toThrow('virtualmachines.vmctl.dev "nobody" not found');
  await expect(log('beat', '?tailLines=many')).rejects.toThrow(
    'tailLines must be a whole number of 0 or more, not "many"',
  );
});

test('the console carries what is typed to the guest and what it answers back', async () => {
  const console = await open('linux', '?tail=100');
  await console.hears('vmctl-guest ready');
  console.socket.send(Buffer.from('echo sum $((40 + 2)) ü\n'));
  await console.hears('sum 42 ü');
  console.socket.close();
  expect((await console.closed).code).toBe(1005);
});

test('what was said before asks nothing of the terminal that is shown it later; what is said now may', async () => {
  const first = await open('linux', '?tail=0');
  first.socket.send(Buffer.from("printf '\\033[6n\\033[32mgreen\\n'\n"));
  await first.hears('\u001b[6n\u001b[32mgreen');
  first.socket.close();
  await first.closed;
  const second = await open('linux', '?tail=5&force=true');
  await second.hears('\u001b[32mgreen');
  expect(second.said()).not.toContain('\u001b[6n');
  second.socket.close();
  await second.closed;
});

test('a second client is refused with the name of the first; with force it takes over', async () => {
  const first = await open('linux');
  const second = await open('linux');
  expect(await second.closed).toEqual({
    code: 4409,
    reason: expect.stringMatching(/^the console of linux is in use by .+; force takes it over$/),
  });
  const third = await open('linux', '?force=true&tail=0');
  expect((await first.closed).reason).toMatch(/has taken the console of linux over$/);
  third.socket.send(Buffer.from('echo taken $((1 + 1))\n'));
  await third.hears('taken 2');
  third.socket.close();
  await third.closed;
});

test('a console ends with the machine, and a machine that does not run has none', async () => {
  await executor.create('VirtualMachine', 'brief', smallMachine('beat'));
  await executor.says('brief', 'T 00000001');
  const console = await open('brief');
  await executor.patch('VirtualMachine', 'brief', { spec: { powerState: 'Stopped' } });
  expect(await console.closed).toEqual({ code: 1000, reason: 'the machine brief has stopped' });
  await executor.eventually('VirtualMachine', 'brief', (vm) => vm?.status?.powerState === 'Stopped');
  expect(await (await open('brief')).closed).toEqual({ code: 4404, reason: 'the machine brief does not run' });
  expect(await log('brief')).toContain('T 00000001');
});

test('a log is bounded by a hole: it takes what is kept, and the end is never lost', async () => {
  const writer = await open('linux', '?tail=0&force=true');
  writer.socket.send(
    Buffer.from('i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo "line $i of the flood"; done; echo flood over\n'),
  );
  await executor.says('linux', 'line 4000 of the flood');
  const machine = await executor.eventually('VirtualMachine', 'linux', (vm) => vm);
  const path = join(executor.home, 'machines', machine.metadata.uid ?? '', 'serial0.log');
  const taken = () => statSync(path).blocks * 512;
  await until(() => statSync(path).size > 4 * KEPT_BYTES && taken() <= KEPT_BYTES + 8192, {
    limitMs: 120_000,
    what: () => `a log with a hole; it has ${statSync(path).size} bytes and takes ${taken()}`,
  });
  expect(await log('linux')).toMatch(/line 3999 of the flood\s+line 4000 of the flood/);
  expect((await log('linux')).length).toBeLessThanOrEqual(KEPT_BYTES);
  writer.socket.close();
});
