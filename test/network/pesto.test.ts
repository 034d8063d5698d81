import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { delimiter } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { condition, startExecutor, type TestExecutor } from '../e2e/harness.ts';
import { echoes, exchange, exchangeDatagram } from '../fixtures/echo.ts';
import { freePort } from '../fixtures/free-ports.ts';
import { newPasstFolder } from '../fixtures/new-passt.ts';
import { ask } from './host.ts';
import { createEcho, foundAgain, killPasst, passtOf, throughApi } from './user-machine.ts';

const folder = await newPasstFolder();

describe.skipIf(!folder)('a user network where passt takes other forwards while it runs', () => {
  let executor: TestExecutor;
  let port: number;
  let talk: Socket;
  const server = createServer({ allowHalfOpen: true });
  const forward = (hostPort: number, guest: number, protocol = 'TCP') => ({ hostPort, port: guest, protocol });
  const setForwards = (...forwards: object[]) =>
    executor.patch('VirtualMachine', 'web', {
      spec: { interfaces: [{ name: 'eth0', network: { name: 'open' }, forwards }] },
    });
  const status = (holds: (machine: VirtualMachine) => unknown) =>
    executor.eventually('VirtualMachine', 'web', (machine) => machine && holds(machine));
  /** The connection that the guest opened at the beginning. */
  const goesOn = async (words: string) => {
    talk.write(`${words}\n`);
    await executor.says('web', `heard ${words}`);
  };

  beforeAll(async () => {
    executor = await startExecutor({ env: { PATH: [folder, process.env['PATH']].join(delimiter) } });
    await executor.create('VirtualMachineNetwork', 'open', { user: {} });
    port = await freePort();
    await createEcho(executor, { forwards: [forward(port, 7)] });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    talk?.destroy();
    server.close();
    await executor?.[Symbol.asyncDispose]();
  });

  test('is carried by it where nobody has chosen', async () => {
    const { status: seen } = await status((machine) => machine.status?.interfaces?.[0]?.addresses?.length);
    expect(seen?.interfaces?.[0]).toMatchObject({ backend: 'Passt', addresses: ['10.0.2.15'] });
    await echoes(port);
  });

  test('a guest that ends first hears the end of the other', async () => {
    const { port: theirs } = server.address() as AddressInfo;
    server.once('connection', (socket) => {
      socket.resume();
      socket.on('end', () => socket.end('of the host\n'));
    });
    const said = await ask(executor, 'web', `echo of the guest | timeout 30 nc 10.0.2.2 ${theirs}; echo ended $?`);
    expect(said).toMatch(/of the host\s+ended 0/);
  });

  test('other forwards cut no connection', async () => {
    const { port: theirs } = server.address() as AddressInfo;
    const came = once(server, 'connection');
    await ask(
      executor,
      'web',
      `(sleep 600 | nc 10.0.2.2 ${theirs} | while read line; do echo heard $line; done >/dev/console) & true`,
    );
    [talk] = (await came) as [Socket];
    await goesOn('before');
    const before = await passtOf(executor);
    const [other, datagrams] = [await freePort(), await freePort()];
    await setForwards(forward(other, 8), forward(datagrams, 9, 'UDP'));
    const machine = await status(({ status: seen }) => seen?.interfaces?.[0]?.forwards?.length === 2);
    expect(condition(machine, 'RestartRequired')?.status ?? 'False').toBe('False');
    await echoes(other);
    expect(await exchangeDatagram(datagrams, 'ping')).toBe('ping');
    await expect.poll(() => exchange(port, 'x').catch(String), { timeout: 30_000 }).toContain('ECONNREFUSED');
    await goesOn('afterwards');
    expect(await passtOf(executor)).toBe(before);
  });

  test('neither does a stream of the API to a port that nobody forwards, nor a killed executor', async () => {
    const before = await passtOf(executor);
    await setForwards(forward(port, 8));
    expect(await throughApi(executor, '7/tcp', 'by the API')).toBe('by the API');
    await echoes(port);
    await executor.stop('SIGKILL');
    await echoes(port);
    await executor.start();
    await foundAgain(executor);
    await goesOn('to the end');
    expect(await passtOf(executor)).toBe(before);
  });

  test('one that is killed is followed by one that forwards the same', async () => {
    const before = await killPasst(executor);
    await echoes(port);
    expect(await throughApi(executor, '7/tcp', 'once more')).toBe('once more');
    expect(await passtOf(executor)).not.toBe(before);
  });
});
