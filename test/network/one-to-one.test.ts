import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../e2e/until.ts';
import {
  addressOf,
  ask,
  createHost,
  createLinux,
  importGuest,
  networkReady,
  removed,
  type TestHost,
  WORLD,
} from './host.ts';
import { networkState, whyNoNetworks } from './namespace.ts';
import { greeting, refuses, send, serve } from './talk.ts';

const why = await whyNoNetworks();
if (why) console.warn(`one-to-one networks are not tested: ${why}`);

/** A packet of an IP protocol, by its number: Node has no raw sockets. */
const PACKET = `
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_RAW, int(sys.argv[2])) as raw:
    raw.sendto(bytes.fromhex(sys.argv[3]), (sys.argv[1], 0))`;

/** An ICMP echo request, a UDP datagram to port 9, where nobody listens, and GRE, which the guest does not know. */
const PACKETS = [
  { protocol: 1, bytes: '0800f7fd00020000', counts: 'Icmp InEchos' },
  { protocol: 17, bytes: '0009000900080000', counts: 'Udp NoPorts' },
  { protocol: 47, bytes: '0000080000000000', counts: 'Ip InUnknownProtos' },
] as const;

/** The other way round than where nothing is said. */
const ADDRESSES = { guestAddress: '10.66.0.5', gateway: '10.66.0.6' } as const;

/** A counter of /proc/net/snmp, `Icmp InEchos`: a line with names, and one with numbers. */
function counted(snmp: string, name: string): number {
  const [group = '', field = ''] = name.split(' ');
  const rows = snmp.split(/\r?\n/).filter((row) => row.startsWith(`${group}:`));
  const [names = [], numbers = []] = rows.map((row) => row.split(' '));
  return Number(numbers[names.indexOf(field)]);
}

describe.skipIf(why)('one to one', () => {
  let on: TestHost;
  let before: Record<string, unknown>;

  beforeAll(async () => {
    on = await createHost();
    before = await networkState(on.host);
    await importGuest(on.executor);
    await on.executor.create('VirtualMachineNetwork', 'own', {
      nat: { cidr: '10.66.0.4/30', oneToOne: { hostAddress: WORLD.second, ...ADDRESSES } },
    });
    await networkReady(on.executor, 'own');
    await createLinux(on.executor, 'server', [{ name: 'eth0', network: { name: 'own' } }]);
    await on.executor.says('server', 'vmctl-guest lease');
  });

  afterAll(async () => {
    await on?.[Symbol.asyncDispose]();
  });

  test('the guest gets its address by DHCP, and the router’s, as they were chosen', async () => {
    const { guestAddress, gateway } = ADDRESSES;
    expect(await addressOf(on.executor, 'server')).toBe(guestAddress);
    expect(await on.executor.serial('server')).toContain(`lease eth0 ${guestAddress} router=${gateway}`);
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
    for (const { protocol, bytes, counts } of PACKETS) {
      const count = async () => counted(await ask(on.executor, 'server', 'cat /proc/net/snmp'), counts);
      const already = await count();
      const came = async () => {
        await on.world.run('python3', '-c', PACKET, WORLD.second, String(protocol), bytes);
        return (await count()) > already;
      };
      await until(came, { limitMs: 60_000, what: () => `${counts} of the guest` });
    }
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
    await refuses(on.world, WORLD.host, 80);
  });

  test('nothing is left', async () => {
    await removed(on.executor, 'VirtualMachine', 'server');
    await removed(on.executor, 'VirtualMachineNetwork', 'own');
    expect(await networkState(on.host)).toEqual(before);
  });
});
