import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../e2e/until.ts';
import {
  addressOf,
  answers,
  ask,
  createHost,
  createLinux,
  importGuest,
  networkReady,
  type TestHost,
  WORLD,
} from './host.ts';
import { networkState, whyNoNetworks } from './namespace.ts';
import { greeting, refuses, send, serve } from './talk.ts';

const why = await whyNoNetworks();
if (why) console.warn(`networks are not tested: ${why}`);

/** What an administrator, and other programs, have on a host: none of it is ours to touch. */
const FOREIGN = [
  ['ip', 'link', 'add', 'br-theirs', 'type', 'bridge'],
  ['ip', 'address', 'add', '10.77.0.1/24', 'dev', 'br-theirs'],
  ['ip', 'link', 'set', 'br-theirs', 'up'],
  ['ip', 'tuntap', 'add', 'dev', 'vttheirs', 'mode', 'tap'],
  ['nft', 'add', 'table', 'inet', 'theirs'],
  ['nft', 'add', 'chain', 'inet', 'theirs', 'input', '{ type filter hook input priority 0; policy accept; }'],
  ['nft', 'add', 'rule', 'inet', 'theirs', 'input', 'tcp', 'dport', '1', 'drop'],
] as const;

/** Well below the time after which networks are looked at without any reason. */
const SOON_MS = 10_000;

/** Three servers, of which only the last answers, and more domains than old resolvers took. */
const RESOLVER = `search one.test two.test three.test four.test five.test six.test seven.test
nameserver ${WORLD.address}
nameserver 192.0.2.7
nameserver 192.0.2.53
`;

const lan = (forwards: readonly object[] = []) => ({
  nat: {
    cidr: '10.9.0.0/24',
    cidr6: 'fd00:9::/64',
    mtu: 1400,
    forwards,
  },
});

describe.skipIf(why)('a nat network', () => {
  let on: TestHost;
  let before: Record<string, unknown>;
  let guest: string;

  beforeAll(async () => {
    on = await createHost(undefined, RESOLVER);
    for (const words of FOREIGN) await on.host.run(...(words as unknown as [string, ...string[]]));
    before = await networkState(on.host);
    await importGuest(on.executor);
    const web = { hostAddress: '0.0.0.0', hostPort: 8080, port: 80, virtualMachine: { name: 'web' } };
    await on.executor.create('VirtualMachineNetwork', 'lan', lan([web]));
    await networkReady(on.executor, 'lan');
    const forwards = [
      { hostPort: 2222, port: 80 },
      { hostAddress: WORLD.host, hostPort: 5353, port: 53, protocol: 'UDP' },
    ];
    await createLinux(on.executor, 'web', [{ name: 'eth0', network: { name: 'lan' }, forwards }]);
  });

  afterAll(async () => {
    await on?.[Symbol.asyncDispose]();
  });

  test('a guest gets its address, its name, the search domains, all of them, and the MTU; status tells long before it is looked at anyway', async () => {
    const said = await on.executor.says('web', /vmctl-guest lease eth0 \S+ .*mtu=/);
    const leasedAt = Date.now();
    const [, lease = '', words = ''] = /lease eth0 (\S+) (.*)/.exec(said) ?? [];
    guest = await addressOf(on.executor, 'web');
    expect(Date.now() - leasedAt).toBeLessThan(SOON_MS);
    expect(guest).toBe(lease);
    expect(words).toContain('router=10.9.0.1 dns=10.9.0.1');
    expect(words).toContain('search=one.test two.test three.test four.test five.test six.test seven.test');
    expect(words).toContain('hostname=web mtu=1400');
    const network = await on.executor.eventually('VirtualMachineNetwork', 'lan', (it) => it?.status?.leases?.length);
    expect(network.status?.leases).toMatchObject([{ address: guest, hostName: 'web', nodeName: expect.any(String) }]);
    expect(await ask(on.executor, 'web', 'cat /sys/class/net/eth0/mtu')).toBe('1400');
  });

  test('a guest asks all name servers of the host, of which some are dead', async () => {
    await on.world.run('ip', 'address', 'add', '192.0.2.53/24', 'dev', 'eth0');
    const own = ['--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--pid-file=', '--user=root'];
    const names = ['--bind-interfaces', '--listen-address=192.0.2.53', '--address=/name.example/192.0.2.99'];
    const [file = '', ...words] = [...on.world.enter, 'dnsmasq', '--keep-in-foreground', ...own, ...names];
    const server = spawn(file, words, { stdio: 'ignore' });
    try {
      const asked = () => ask(on.executor, 'web', 'nslookup name.example');
      const found = async () => (await asked()).includes('192.0.2.99');
      await until(found, { limitMs: 90_000, what: () => 'an answer of the third server' });
    } finally {
      server.kill();
    }
  });

  test('IPv6 comes by router advertisements, and status tells of it once it is used', async () => {
    await answers(on.executor, 'web', 'ip -6 addr show dev eth0', /fd00:9::\S+ scope global dynamic/);
    await answers(on.executor, 'web', 'ping -6 -c 1 -W 5 fd00:9::1 >/dev/null && echo reached', 'reached');
    expect(await addressOf(on.executor, 'web', 'eth0', /^fd00:9::/)).toContain('5054:ff:fe');
  });

  test('the guest reaches the world, which sees the host', async () => {
    await using server = await serve(on.world, 7000, 'from {peer}');
    const heard = await ask(on.executor, 'web', `nc ${WORLD.address} ${server.port} </dev/null`);
    expect(heard).toBe(`from ${WORLD.host}`);
  });

  test('forwards reach it from the host itself, on 127.0.0.1, and from outside, by TCP and UDP', async () => {
    await ask(on.executor, 'web', '(while :; do echo hello 42 | nc -l -p 80; done &)');
    await greeting(on.host, '127.0.0.1', 2222, 'hello 42');
    await greeting(on.world, WORLD.host, 8080, 'hello 42');
    await greeting(on.host, WORLD.host, 8080, 'hello 42');
    // The guest has nothing that listens to datagrams; it counts those that come for nobody.
    const unheard = async () =>
      Number(await ask(on.executor, 'web', `grep ^Udp: /proc/net/snmp | tail -1 | cut -d' ' -f3`));
    const already = await unheard();
    const sent = async () => {
      await send(on.world, WORLD.host, 5353, 'datagram');
      return (await unheard()) > already;
    };
    await until(sent, { limitMs: 60_000, what: () => 'the datagram in the guest' });
    const { status } = await on.executor.eventually(
      'VirtualMachine',
      'web',
      (it) => it?.status?.interfaces?.[0]?.forwards?.length === 3,
    );
    expect(status?.interfaces?.[0]?.forwards).toEqual([
      '0.0.0.0:8080->80/TCP',
      '127.0.0.1:2222->80/TCP',
      `${WORLD.host}:5353->53/UDP`,
    ]);
  });

  test('nobody from outside gets in without a forward, and the guest gets at nothing of 127.0.0.1', async () => {
    await using secret = await serve(on.host, 7100, 'secret', '127.0.0.1');
    await on.world.run('ip', 'route', 'add', '10.9.0.0/24', 'via', WORLD.host);
    await expect(send(on.world, guest, 80, 'x', 'tcp')).rejects.toThrow(/refused|unreach|timed/i);
    expect(
      await ask(
        on.executor,
        'web',
        `echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet; ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1/32 via 10.9.0.1; nc -w 2 127.0.0.1 ${secret.port} </dev/null; ip addr add 127.0.0.1/8 dev lo`,
      ),
    ).not.toContain('secret');
    await on.world.run('ip', 'route', 'del', '10.9.0.0/24');
  });

  test('a port on which a program of the host listens stays with it, and the network says so', async () => {
    await using server = await serve(on.host, 7200, 'the host');
    const taken = { hostAddress: '0.0.0.0', hostPort: server.port, port: 80, virtualMachine: { name: 'web' } };
    await on.executor.patch('VirtualMachineNetwork', 'lan', { spec: lan([taken]) });
    const message = (it: { status?: { conditions?: { type: string; message?: string }[] } } | undefined) =>
      it?.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
    await on.executor.eventually('VirtualMachineNetwork', 'lan', (it) =>
      /a program of the host listens/.test(message(it as never)),
    );
    await greeting(on.world, WORLD.host, server.port, 'the host');
    await refuses(on.world, WORLD.host, 8080);
  });

  test('what somebody takes away is made again; the taps come back onto the bridge', async () => {
    const { status } = await networkReady(on.executor, 'lan');
    const bridge = status?.nodes?.[0]?.device ?? '';
    await on.host.run('ip', 'link', 'del', bridge);
    await on.executor.patch('VirtualMachineNetwork', 'lan', { metadata: { annotations: { look: 'again' } } });
    await until(
      async () => (await on.host.run('ip', '-j', 'link', 'show', 'master', bridge).catch(() => '')).includes('vt'),
      {
        limitMs: 60_000,
        what: () => 'the tap on the bridge again',
      },
    );
    await answers(on.executor, 'web', 'ping -c 1 -W 5 10.9.0.1 >/dev/null && echo reached', 'reached');
  });

  test('a network in use stays and says who uses it; then everything goes and the host is as it was', async () => {
    await on.executor.remove('VirtualMachineNetwork', 'lan');
    await on.executor.eventually('VirtualMachineNetwork', 'lan', (it) =>
      it?.status?.conditions?.some(({ reason, message }) => reason === 'InUse' && message?.includes('default/web')),
    );
    await on.executor.remove('VirtualMachine', 'web');
    await on.executor.eventually('VirtualMachineNetwork', 'lan', (it) => it === undefined, 60_000);
    expect(await networkState(on.host)).toEqual(before);
    const left = () => on.host.run('pgrep', '-f', `${on.executor.home}/networks`).catch(() => '');
    await expect.poll(left, { timeout: 30_000 }).toBe('');
    await expect(on.host.run('ls', '-A', `${on.executor.home}/networks`)).resolves.toBe('');
  });
});
