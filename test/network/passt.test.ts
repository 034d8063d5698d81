import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { freePort } from '../../executor/network/free-port.ts';
import { findPassts } from '../../executor/network/passt/process.ts';
import { passtMac } from '../../executor/qemu/identifiers.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { condition, smallMachine, startExecutor, type TestExecutor } from '../e2e/harness.ts';
import { until } from '../e2e/until.ts';
import { SSH_MEMORY_MIB, sshGuest } from '../fixtures/guests/ssh.ts';
import { passtFolder } from '../fixtures/passt.ts';
import { ask } from './host.ts';

const folder = await passtFolder();

describe.skipIf(!folder)('a user network on passt', () => {
  let executor: TestExecutor;
  let port: number;
  const forward = (hostPort: number, guest: number, protocol = 'TCP') => ({ hostPort, port: guest, protocol });
  const setForwards = (...forwards: object[]) =>
    executor.patch('VirtualMachine', 'web', {
      spec: { interfaces: [{ name: 'eth0', network: { name: 'open' }, forwards }] },
    });
  const status = (holds: (machine: VirtualMachine) => unknown) =>
    executor.eventually('VirtualMachine', 'web', (machine) => machine && holds(machine));
  const passtOf = async (nic = 'eth0') => {
    const { metadata } = await status(() => true);
    return findPassts().get(passtMac(metadata.uid ?? '', nic))?.pid;
  };

  beforeAll(async () => {
    executor = await startExecutor({ env: { PATH: [folder, process.env['PATH']].join(delimiter) } });
    const { kernel, initrd, commandLine } = await sshGuest();
    await executor.image('kernel', await readFile(kernel));
    await executor.image('initrd', await readFile(initrd));
    await executor.create('VirtualMachineNetwork', 'open', { user: { backend: 'Passt' } });
    await executor.create('VirtualMachineNetwork', 'inside', { user: { backend: 'Slirp' } });
    port = await freePort();
    const files = { image: { name: 'kernel' }, initrd: { name: 'initrd' } };
    const words = commandLine.replace('vmctl.net', 'vmctl.dhcp');
    const spec = {
      memory: { size: `${SSH_MEMORY_MIB}Mi` },
      machine: { boot: { kernel: { ...files, commandLine: words } } },
      disks: [],
      interfaces: [{ name: 'eth0', network: { name: 'open' }, forwards: [forward(port, 7)] }],
    };
    await executor.create('VirtualMachine', 'web', smallMachine('none', spec));
    await executor.says('web', /ready[\s\S]*# /, 90_000);
    await ask(
      executor,
      'web',
      'nc -ll -p 7 -e /bin/cat >/dev/null 2>&1 & nc -ll -p 8 -e /bin/cat >/dev/null 2>&1 & true',
    );
  });
  afterAll(() => executor?.[Symbol.asyncDispose]());

  test('gives the guest the address that slirp would, and says who carries its packets', async () => {
    expect(await ask(executor, 'web', 'ip -4 address show eth0')).toContain('10.0.2.15/24');
    expect(await ask(executor, 'web', 'ip route')).toContain('default via 10.0.2.2');
    const { status: seen } = await status(() => true);
    expect(seen?.interfaces?.[0]).toMatchObject({
      backend: 'Passt',
      addresses: ['10.0.2.15'],
      forwards: [`127.0.0.1:${port}->7/TCP`],
    });
  });

  test('brings streams in and out', async () => {
    const big = 'x'.repeat(2_000_000);
    expect((await exchange(port, big)) === big).toBe(true);
    const server = createServer((socket) => socket.end('of the host\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: theirs } = server.address() as AddressInfo;
    expect(await ask(executor, 'web', `sleep 2 | nc 10.0.2.2 ${theirs}`)).toContain('of the host');
    server.close();
  });

  test('takes other forwards while the machine runs, TCP and UDP, and leaves the old ones', async () => {
    const [other, datagrams] = [await freePort(), await freePort()];
    await setForwards(forward(other, 8), forward(datagrams, 9, 'UDP'));
    const machine = await status(({ status: seen }) => seen?.interfaces?.[0]?.forwards?.length === 2);
    expect(condition(machine, 'RestartRequired')?.status ?? 'False').toBe('False');
    await until(async () => (await exchange(other, 'one').catch(() => '')) === 'one', {
      limitMs: 30_000,
      what: () => 'the new forward',
    });
    expect(await echo(datagrams)).toBe('ping');
    await expect(exchange(port, 'x')).rejects.toThrow('ECONNREFUSED');
  });

  test('refuses a port that somebody has, and the guest keeps its network', async () => {
    const theirs = createServer().listen(0, '127.0.0.1');
    await once(theirs, 'listening');
    const before = await passtOf();
    await setForwards(forward((theirs.address() as AddressInfo).port, 8));
    const { status: seen } = await status((machine) => JSON.stringify(machine.status).includes('is taken'));
    expect(seen?.powerState).toBe('Running');
    expect(await passtOf()).toBe(before);
    theirs.close();
    await setForwards(forward(port, 7));
    await until(async () => (await exchange(port, 'x').catch(() => '')) === 'x', {
      limitMs: 30_000,
      what: () => 'the forward',
    });
  });

  test('a killed executor finds the passt that is there', async () => {
    const next = await passtOf();
    await executor.stop('SIGKILL');
    expect(await exchange(port, 'alone')).toBe('alone');
    await executor.start();
    const found = () =>
      open('7').then(
        (socket) => {
          socket.close();
          return true;
        },
        () => false,
      );
    await until(found, { limitMs: 30_000, what: () => 'the machine to be found again' });
    expect(await passtOf()).toBe(next);
  });

  test('the API reaches ports that nobody forwards', async () => {
    expect(await through('8/tcp', 'by the API')).toBe('by the API');
    const kept = await passtOf();
    expect(await through('8', 'once more')).toBe('once more');
    expect(await passtOf()).toBe(kept);
    expect(await datagram('9/udp', 'ping')).toBe('ping');
  });

  test('an interface is plugged in and out; a network may ask for slirp', async () => {
    const plugged = [
      { name: 'eth0', network: { name: 'open' }, forwards: [forward(port, 7)] },
      { name: 'eth1', network: { name: 'open' } },
      { name: 'eth2', network: { name: 'inside' } },
    ];
    await executor.patch('VirtualMachine', 'web', { spec: { interfaces: plugged } });
    const { status: seen } = await status((machine) => machine.status?.interfaces?.length === 3);
    expect(seen?.interfaces?.map(({ backend }) => backend)).toEqual(['Passt', 'Passt', 'Slirp']);
    await until(async () => (await passtOf('eth1')) !== undefined, { limitMs: 30_000, what: () => 'a passt for eth1' });
    await ask(executor, 'web', 'ip link set eth0 down; dhcp eth1');
    await executor.says('web', 'lease eth1 10.0.2.15');
    await ask(executor, 'web', 'ip link set eth1 down; ip link set eth0 up');
    await executor.patch('VirtualMachine', 'web', { spec: { interfaces: plugged.slice(0, 1) } });
    await status((machine) => machine.status?.interfaces?.length === 1);
    await until(async () => (await passtOf('eth1')) === undefined, {
      limitMs: 30_000,
      what: () => 'the end of the passt of eth1',
    });
  });

  test('nothing is left when the machine stops', async () => {
    await executor.patch('VirtualMachine', 'web', { spec: { powerState: 'Stopped' } });
    await status(({ status: seen }) => seen?.powerState === 'Stopped');
    await until(async () => (await passtOf()) === undefined, { limitMs: 30_000, what: () => 'the end of passt' });
    await expect(exchange(port, 'x')).rejects.toThrow('ECONNREFUSED');
  });

  const API = '/apis/subresources.vmctl.dev/v1alpha1/namespaces/default/virtualmachines/web/portforward';
  const open = async (rest: string): Promise<WebSocket> => {
    const socket = new WebSocket(`ws+unix:${join(executor.home, 'api/api.sock')}:${API}/${rest}`);
    await once(socket, 'open');
    return socket;
  };

  async function through(rest: string, words: string): Promise<string> {
    const socket = await open(rest);
    socket.send(Buffer.from(words));
    const [answer] = await once(socket, 'message');
    socket.close();
    return String(answer);
  }

  async function datagram(rest: string, words: string): Promise<string> {
    const socket = await open(rest);
    const again = setInterval(() => socket.send(Buffer.from(words)), 300);
    const [answer] = await once(socket, 'message');
    clearInterval(again);
    socket.close();
    return String(answer);
  }
});

const SILENCE_MS = 5000;

async function exchange(port: number, words: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  // A passt that has just begun does not know its guest yet, and forgets who came too early.
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('nothing came back')));
  await once(socket, 'connect');
  socket.end(words);
  return (await socket.toArray()).join('');
}

async function echo(port: number): Promise<string> {
  const socket = createSocket('udp4');
  const answered = once(socket, 'message');
  const again = setInterval(() => socket.send('ping', port, '127.0.0.1'), 300);
  const [answer] = await answered;
  clearInterval(again);
  socket.close();
  return String(answer);
}
