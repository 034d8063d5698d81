import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answers,
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
import { greeting, send, serve } from './talk.ts';

const why = await whyNoNetworks();
if (why) console.warn(`routed and isolated networks are not tested: ${why}`);

const LAB = {
  isolated: {
    cidr: '10.11.0.0/24',
    gateway: '10.11.0.254',
    domain: { name: 'lab.test', localOnly: true },
    dns: { hosts: [{ address: '10.11.0.77', names: ['db.lab.test'] }] },
  },
};
const DMZ = { routed: { cidr: '10.12.0.0/24', dhcp: { enabled: false } } };

describe.skipIf(why)('networks that are routed, and that lead nowhere', () => {
  let on: TestHost;
  let before: Record<string, unknown>;

  beforeAll(async () => {
    on = await createHost();
    before = await networkState(on.host);
    await importGuest(on.executor);
    for (const [name, spec] of Object.entries({ lab: LAB, dmz: DMZ, alone: { isolated: {} } })) {
      await on.executor.create('VirtualMachineNetwork', name, spec);
      await networkReady(on.executor, name);
    }
    const cables = ['lab', 'dmz', 'alone'].map((name, i) => ({ name: `eth${i}`, network: { name } }));
    await createLinux(on.executor, 'web', cables);
    await on.executor.says('web', 'vmctl-guest lease');
    const words =
      'ip addr add 10.12.0.5/24 dev eth1; ip addr add 10.13.0.5/24 dev eth2; ip link set eth1 up; ip link set eth2 up';
    await ask(on.executor, 'web', words);
  });

  afterAll(async () => {
    await on?.[Symbol.asyncDispose]();
  });

  test('an isolated guest has an address and names, no router, and reaches the host alone', async () => {
    const said = await on.executor.serial('web');
    expect(said).toMatch(/lease eth0 10\.11\.0\.\d+ router= dns=10\.11\.0\.254/);
    await answers(on.executor, 'web', 'ping -c 1 -W 5 10.11.0.254 >/dev/null && echo reached', 'reached');
    await answers(on.executor, 'web', 'nslookup db.lab.test 10.11.0.254', /10\.11\.0\.77/);
    await using server = await serve(on.world, 7000, 'the world');
    const out = `ip route add default via 10.11.0.254; nc -w 3 ${WORLD.address} ${server.port} </dev/null; echo $?; ip route del default`;
    const answer = await ask(on.executor, 'web', out);
    expect(answer).not.toContain('the world');
  });

  test('a routed guest is known by its own address, both ways', async () => {
    await on.world.run('ip', 'route', 'add', '10.12.0.0/24', 'via', WORLD.host);
    await ask(on.executor, 'web', 'ip route add default via 10.12.0.1');
    await using server = await serve(on.world, 7000, 'from {peer}');
    expect(await ask(on.executor, 'web', `nc ${WORLD.address} ${server.port} </dev/null`)).toBe('from 10.12.0.5');
    await ask(on.executor, 'web', '(while :; do echo hello | nc -l -p 80; done &)');
    await greeting(on.world, '10.12.0.5', 80, 'hello');
  });

  test('nothing of another subnet comes from it, unless the packet filter is left to others', async () => {
    await on.world.run('ip', 'route', 'add', '10.99.0.0/24', 'via', WORLD.host);
    await on.host.run('ip', 'route', 'add', '10.99.0.0/24', 'via', '10.12.0.5');
    await ask(on.executor, 'web', 'ip addr add 10.99.0.9/32 dev lo');
    await expect(send(on.world, '10.99.0.9', 80, 'x', 'tcp')).rejects.toThrow(/refused|unreach|prohibit|timed|denied/i);
    await on.executor.patch('VirtualMachineNetwork', 'dmz', { spec: { routed: { open: true } } });
    await greeting(on.world, '10.99.0.9', 80, 'hello');
    await on.host.run('ip', 'route', 'del', '10.99.0.0/24');
    await on.world.run('ip', 'route', 'del', '10.99.0.0/24');
    await on.world.run('ip', 'route', 'del', '10.12.0.0/24');
  });

  test('the host has no address where the guests are alone; all of it goes again', async () => {
    const { status } = await networkReady(on.executor, 'alone');
    const bridge = status?.nodes?.[0]?.device ?? '';
    expect(await on.host.run('ip', '-j', 'address', 'show', 'dev', bridge)).not.toContain('"local"');
    await removed(on.executor, 'VirtualMachine', 'web');
    for (const name of ['lab', 'dmz', 'alone']) await removed(on.executor, 'VirtualMachineNetwork', name);
    expect(await networkState(on.host)).toEqual(before);
  });
});
