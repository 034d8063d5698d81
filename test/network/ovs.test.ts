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
import { type Switch, startSwitch } from './switch.ts';
import { greeting, holdsLimit, receive, send, serve } from './talk.ts';

const why = await whyNoNetworks('ovs-vsctl', 'ovsdb-server', 'ovs-vswitchd');
if (why) console.warn(`Open vSwitch is not tested: ${why}`);

const CIDR = '10.70.0.0/24';

describe.skipIf(why)('Open vSwitch', () => {
  let on: TestHost;
  let ovs: Switch;
  let before: Record<string, unknown>;

  const control = (...words: readonly [string, ...string[]]) =>
    on.host.run('env', `OVS_RUNDIR=${ovs.env.OVS_RUNDIR}`, ...words);
  const network = (more: object = {}) => ({ ovs: { bridge: 'sw0', datapath: 'netdev', vlan: 5, cidr: CIDR, ...more } });
  /** A patch keeps what it does not name. */
  const change = (more: object) =>
    on.executor.patch('VirtualMachineNetwork', 'switched', {
      spec: network({ acls: null, floatingAddresses: null, ...more }),
    });

  beforeAll(async () => {
    on = await createHost(async (host) => {
      ovs = await startSwitch(host);
      return ovs.env;
    });
    before = await networkState(on.host);
    await importGuest(on.executor);
    await on.executor.create('VirtualMachineNetwork', 'switched', network());
    await networkReady(on.executor, 'switched');
    const forwards = [{ hostAddress: WORLD.host, hostPort: 8080, port: 80 }];
    await createLinux(on.executor, 'one', [{ name: 'eth0', network: { name: 'switched' }, forwards }]);
    await on.executor.says('one', 'vmctl-guest lease');
  });

  afterAll(async () => {
    await on?.[Symbol.asyncDispose]();
    await ovs?.[Symbol.asyncDispose]();
  });

  test('a guest gets an address by DHCP behind a tagged port, and reaches the world', async () => {
    expect(await addressOf(on.executor, 'one')).toMatch(/^10\.70\.0\./);
    await using server = await serve(on.world, 7000, 'from {peer}');
    expect(await ask(on.executor, 'one', `nc ${WORLD.address} ${server.port} </dev/null`)).toBe(`from ${WORLD.host}`);
    const ports = JSON.parse(await control('ovs-vsctl', '--format=json', '--columns=name,tag', 'list', 'Port'));
    const tags = (ports.data as [string, number][]).filter(([name]) => /^v[bt]/.test(name)).map(([, tag]) => tag);
    expect(tags).toEqual([5, 5]);
  });

  test('forwards and a floating address reach them', async () => {
    await ask(on.executor, 'one', 'for p in 22 80; do (while :; do echo one $p | nc -l -p $p; done &); done');
    await greeting(on.world, WORLD.host, 8080, 'one 80');
    await change({ floatingAddresses: [{ hostAddress: WORLD.second, virtualMachine: { name: 'one' } }] });
    await greeting(on.world, WORLD.second, 22, 'one 22');
  });

  test('rules drop and allow by direction, protocol, port and priority; who began gets answers', async () => {
    const acls = [
      { direction: 'To', protocol: 'TCP', action: 'Drop', priority: 10 },
      { direction: 'To', protocol: 'TCP', port: 22, address: `${WORLD.address}/32`, action: 'Allow', priority: 20 },
      { direction: 'From', protocol: 'TCP', port: 7002, action: 'Drop', priority: 10 },
    ];
    await change({ acls, floatingAddresses: [{ hostAddress: WORLD.second, virtualMachine: { name: 'one' } }] });
    await expect
      .poll(() => send(on.world, WORLD.second, 80, '', 'tcp').catch((e: Error) => e.message), { timeout: 60_000 })
      .toContain('timed out');
    await greeting(on.world, WORLD.second, 22, 'one 22');
    await using server = await serve(on.world, 7001, 'answered');
    expect(await ask(on.executor, 'one', `nc ${WORLD.address} ${server.port} </dev/null`)).toBe('answered');
    await using held = await serve(on.world, 7002, 'not to be heard');
    const asked = `timeout 5 nc ${WORLD.address} ${held.port} </dev/null || echo held`;
    expect(await ask(on.executor, 'one', asked)).toMatch(/held$/);
    await change({ floatingAddresses: [{ hostAddress: WORLD.second, virtualMachine: { name: 'one' } }] });
    await greeting(on.world, WORLD.second, 80, 'one 80');
  });

  test('limits hold what guests send within 15%', async () => {
    const limit = 400;
    await change({ qos: { outboundKilobytesPerSecond: limit } });
    await until(
      async () => (await control('ovs-ofctl', '-O', 'OpenFlow15', 'dump-meters', 'sw0')).includes('rate=3200'),
      {
        limitMs: 60_000,
        what: () => 'the meters',
      },
    );
    await holdsLimit(limit * 1000, async () => {
      await using sink = await receive(on.host, 7300);
      const sent = ask(on.executor, 'one', 'dd if=/dev/zero bs=64k count=64 2>/dev/null | nc 10.70.0.1 7300');
      return (await Promise.all([sink.rate(), sent]))[0];
    });
  });

  test('a trunk lets frames of its VLANs through, to a port of one of them without the tag, and no others', async () => {
    await on.executor.create('VirtualMachineNetwork', 'trunk', {
      ovs: { bridge: 'sw0', datapath: 'netdev', trunks: [5, 20] },
    });
    await networkReady(on.executor, 'trunk');
    const interfaces = (list: readonly object[]) =>
      on.executor.patch('VirtualMachine', 'one', { spec: { interfaces: list } });
    const eth0 = { name: 'eth0', network: { name: 'switched' }, forwards: [] };
    await interfaces([eth0, { name: 'eth1', network: { name: 'trunk' } }]);
    const { status } = await on.executor.eventually(
      'VirtualMachine',
      'one',
      (machine) => machine?.status?.interfaces?.[1]?.device,
      60_000,
    );
    const [first, second] = status?.interfaces ?? [];
    const number = async (device = '') => (await control('ovs-vsctl', 'get', 'Interface', device, 'ofport')).trim();
    const [to, from] = await Promise.all([number(first?.device), number(second?.device)]);
    const fate = async (vlan: number) => {
      const frame = `in_port=${from},dl_vlan=${vlan},dl_src=${second?.macAddress},dl_dst=ff:ff:ff:ff:ff:ff`;
      const traced = await control('ovs-appctl', '-t', 'ovs-vswitchd', 'ofproto/trace', 'sw0', frame);
      return /^Datapath actions: (.*)$/m.exec(traced)?.[1] ?? traced;
    };
    expect(to).toMatch(/^\d+$/);
    expect(await fate(5)).toContain('pop_vlan');
    expect(await fate(20)).not.toContain('pop_vlan');
    expect(await fate(30)).toBe('drop');
    await interfaces([eth0]);
    await on.executor.eventually('VirtualMachine', 'one', (it) => it?.status?.interfaces?.length === 1, 60_000);
    await removed(on.executor, 'VirtualMachineNetwork', 'trunk');
  });

  test('nothing is left in the switch, nor on the host', async () => {
    await removed(on.executor, 'VirtualMachine', 'one');
    await removed(on.executor, 'VirtualMachineNetwork', 'switched');
    expect(await control('ovs-vsctl', 'list-br')).toBe('');
    expect(await networkState(on.host)).toEqual(before);
  });

  test('a bridge that others use keeps their ports and flows', async () => {
    await control('ovs-vsctl', 'add-br', 'theirs', '--', 'set', 'Bridge', 'theirs', 'datapath_type=netdev');
    await control('ovs-ofctl', 'add-flow', 'theirs', 'cookie=0x7,priority=7,tcp,tp_dst=7,actions=drop');
    const flows = async () => (await control('ovs-ofctl', '--no-stats', 'dump-flows', 'theirs')).split('\n').sort();
    const [theirs, host] = [await flows(), await networkState(on.host)];
    const acls = [{ direction: 'To', protocol: 'Any', action: 'Drop', priority: 1 }];
    await on.executor.create('VirtualMachineNetwork', 'guest', { ovs: { bridge: 'theirs', cidr: CIDR, acls } });
    await networkReady(on.executor, 'guest');
    expect(await flows()).not.toEqual(theirs);
    await removed(on.executor, 'VirtualMachineNetwork', 'guest');
    expect(await flows()).toEqual(theirs);
    expect(await control('ovs-vsctl', 'list-ports', 'theirs')).toBe('');
    expect(await networkState(on.host)).toEqual(host);
  });
});
