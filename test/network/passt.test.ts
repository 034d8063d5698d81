import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { condition, startExecutor, type TestExecutor, type } from '../e2e/harness.ts';
import { until } from '../e2e/until.ts';
import { echoes, exchange, exchangeDatagram } from '../fixtures/echo.ts';
import { freePort } from '../fixtures/free-ports.ts';
import { passtFolder } from '../fixtures/passt.ts';
import { answers, ask } from './host.ts';
import { createEcho, foundAgain, killPasst, passtOf, throughApi } from './user-machine.ts';

const folder = await passtFolder();

/** More datagrams than fit into the socket between qemu and a passt that reads nothing. */
const FLOOD = `perl -e 'socket(S, 2, 2, 0); connect(S, pack("S n C4 x8", 2, 9, 10, 0, 2, 2)); send(S, "x" x 1400, 0) for 1..2000' &\n`;
/** Long enough for many of them; fewer are a weaker test, not a failed one. */
const FLOODED_MS = 1500;

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
  beforeAll(async () => {
    executor = await startExecutor({ env: { PATH: [folder, process.env['PATH']].join(delimiter) } });
    await executor.create('VirtualMachineNetwork', 'open', { user: { backend: 'Passt' } });
    await executor.create('VirtualMachineNetwork', 'inside', { user: { backend: 'Slirp' } });
    port = await freePort();
    await createEcho(executor, { forwards: [forward(port, 7)] });
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
    await echoes(other);
    expect(await exchangeDatagram(datagrams, 'ping')).toBe('ping');
    await expect.poll(() => exchange(port, 'x').catch(String), { timeout: 30_000 }).toContain('ECONNREFUSED');
  });

  test('refuses a port that somebody has, and the guest keeps its network', async () => {
    const theirs = createServer().listen(0, '127.0.0.1');
    await once(theirs, 'listening');
    const before = await passtOf(executor);
    await setForwards(forward((theirs.address() as AddressInfo).port, 8));
    const { status: seen } = await status((machine) => JSON.stringify(machine.status).includes('is taken'));
    expect(seen?.powerState).toBe('Running');
    expect(await passtOf(executor)).toBe(before);
    theirs.close();
    await setForwards(forward(port, 7));
    await echoes(port);
  });

  test('a killed executor finds the passt that is there', async () => {
    const next = await passtOf(executor);
    await executor.stop('SIGKILL');
    expect(await exchange(port, 'alone')).toBe('alone');
    await executor.start();
    await foundAgain(executor);
    expect(await passtOf(executor)).toBe(next);
  });

  test('one that is killed has a successor, also when it was just looked at, and when qemu waits for it to read on', async () => {
    for (const isFull of [false, true, false, true]) {
      await executor.patch('VirtualMachine', 'web', { metadata: { annotations: { look: String(performance.now()) } } });
      const pid = await killPasst(executor, async (it) => {
        if (!isFull) return;
        process.kill(it, 'SIGSTOP');
        await type(executor, 'web', FLOOD);
        await sleep(FLOODED_MS);
      });
      await echoes(port, `an echo after the end of ${pid}`);
      expect(await passtOf(executor)).not.toBe(pid);
    }
  });

  test('the API reaches ports that nobody forwards', async () => {
    expect(await throughApi(executor, '8/tcp', 'by the API')).toBe('by the API');
    const kept = await passtOf(executor);
    expect(await throughApi(executor, '8', 'once more')).toBe('once more');
    expect(await passtOf(executor)).toBe(kept);
    expect(await throughApi(executor, '9/udp', 'ping')).toBe('ping');
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
    await answers(executor, 'web', 'ls /sys/class/net', /eth1/);
    await until(async () => (await passtOf(executor, 'eth1')) !== undefined, {
      limitMs: 60_000,
      what: () => 'a passt for eth1',
    });
    await ask(executor, 'web', 'ip link set eth0 down; dhcp eth1');
    await executor.says('web', 'lease eth1 10.0.2.15');
    await ask(executor, 'web', 'ip link set eth1 down; ip link set eth0 up');
    await executor.patch('VirtualMachine', 'web', { spec: { interfaces: plugged.slice(0, 1) } });
    await status((machine) => machine.status?.interfaces?.length === 1);
    await until(async () => (await passtOf(executor, 'eth1')) === undefined, {
      limitMs: 60_000,
      what: () => 'the end of the passt of eth1',
    });
  });

  test('nothing is left when the machine stops', async () => {
    await executor.patch('VirtualMachine', 'web', { spec: { powerState: 'Stopped' } });
    await status(({ status: seen }) => seen?.powerState === 'Stopped');
    await until(async () => (await passtOf(executor)) === undefined, {
      limitMs: 60_000,
      what: () => 'the end of passt',
    });
    await expect.poll(() => exchange(port, 'x').catch(String), { timeout: 30_000 }).toContain('ECONNREFUSED');
  });
});
