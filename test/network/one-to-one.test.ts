import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../e2e/until.ts';
import { addressOf, ask, createHost, createLinux, importGuest, networkReady, type TestHost, WORLD } from './host.ts';
import { networkState, whyNoNetworks } from './namespace.ts';
import { greeting, send, serve } from './talk.ts';

const why = await whyNoNetworks();
if (why) console.warn(`one-to-one networks are not tested: ${why}`);

/** One ICMP echo request: Node has no raw sockets. */
const PING = `
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
    raw.sendto(bytes.fromhex('0800f7fd00020000'), (sys.argv[1], 0))`;

describe.skipIf(why)('one to one', () => {
  let on: TestHost;
  let before: Record<string, unknown>;

  beforeAll(async () => {
    on = await createHost();
    before = await networkState(on.host);
    await importGuest(on.executor);
    await on.executor.create('VirtualMachineNetwork', 'own', {
      nat: { oneToOne: { hostAddress: WORLD.second } },
    });
    await networkReady(on.executor, 'own');
    await createLinux(on.executor, 'server', [{ name: 'eth0', network: { name: 'own' } }]);
    await on.executor.says('server', 'vmctl-guest lease', 60_000);
  });

  afterAll(async () => {
    await on?.[Symbol.asyncDispose]();
  });

  test('the guest gets the second address of a /30 by DHCP, the host has the first', async () => {
    const guest = await addressOf(on.executor, 'server');
    const lease = await on.executor.serial('server');
    const [a = '', b = '', c = '', d = ''] = guest.split('.');
    expect(Number(d) % 4).toBe(2);
    expect(lease).toContain(`lease eth0 ${guest} router=${[a, b, c, Number(d) - 1].join('.')}`);
  });

  test('every port and protocol of the host’s address reaches it, but for those that stay', async () => {
    await ask(
      on.executor,
      'server',
      'for p in 1 80 5900 65535; do (while :; do echo guest $p | nc -l -p $p; done &); done',
    );
    for (const port of [1, 80, 65535]) await greeting(on.world, WORLD.second, port, `guest ${port}`);
    await greeting(on.host, WORLD.second, 80, 'guest 80');
    await using vnc = await serve(on.host, 5900, 'the host');
    await greeting(on.world, WORLD.second, vnc.port, 'the host');
    const pings = async () =>
      Number(await ask(on.executor, 'server', "grep ^Icmp: /proc/net/snmp | tail -1 | cut -d' ' -f10"));
    const already = await pings();
    await on.world.run('python3', '-c', PING, WORLD.second);
    await until(async () => (await pings()) > already, {
      limitMs: 10_000,
      what: () => 'the echo request in the guest',
    });
  });

  test('what it sends leaves with the host’s address; the other address of the host stays with the host', async () => {
    await using server = await serve(on.world, 7000, 'from {peer}');
    expect(await ask(on.executor, 'server', `nc ${WORLD.address} ${server.port} </dev/null`)).toBe(
      `from ${WORLD.second}`,
    );
    await expect(send(on.world, WORLD.host, 80, '', 'tcp')).rejects.toThrow(/refused/);
  });

  test('a further address of the host floats to the machine, and back', async () => {
    const floating = { hostAddress: WORLD.host, virtualMachine: { name: 'server' }, excludedPorts: [22] };
    await on.executor.patch('VirtualMachineNetwork', 'own', { spec: { nat: { floatingAddresses: [floating] } } });
    await greeting(on.world, WORLD.host, 80, 'guest 80');
    await expect(send(on.world, WORLD.host, 22, '', 'tcp')).rejects.toThrow(/refused/);
    await on.executor.patch('VirtualMachineNetwork', 'own', { spec: { nat: { floatingAddresses: null } } });
    await expect
      .poll(
        () =>
          send(on.world, WORLD.host, 80, '', 'tcp').then(
            () => 'reached',
            (error: Error) => error.message,
          ),
        { timeout: 20_000 },
      )
      .toMatch(/refused/);
  });

  test('nothing is left', async () => {
    await on.executor.remove('VirtualMachine', 'server');
    await on.executor.remove('VirtualMachineNetwork', 'own');
    await on.executor.eventually('VirtualMachineNetwork', 'own', (it) => it === undefined, 20_000);
    expect(await networkState(on.host)).toEqual(before);
  });
});
