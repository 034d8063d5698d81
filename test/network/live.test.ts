import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTable } from '../../executor/network/nft/read.ts';
import { filterOf, filterTable, filterTableOf } from '../../executor/network/tap/filter.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { condition } from '../e2e/harness.ts';
import { until } from '../e2e/until.ts';
import { addressOf, answers, ask, createHost, createLinux, importGuest, networkReady, type TestHost } from './host.ts';
import { whyNoNetworks } from './namespace.ts';
import { holdsLimit, receive, sendMuch } from './talk.ts';

const why = await whyNoNetworks('tc');
if (why) console.warn(`interfaces of running machines are not tested: ${why}`);

describe.skipIf(why)('interfaces of a running machine', () => {
  let on: TestHost;
  const is = (holds: (machine: VirtualMachine) => unknown) =>
    on.executor.eventually('VirtualMachine', 'live', (machine) => machine && holds(machine));

  /** Changes the machine, and waits until the executor has dealt with that. */
  async function change(interfaces: readonly object[]): Promise<VirtualMachine> {
    await on.executor.patch('VirtualMachine', 'live', { spec: { interfaces } });
    const { metadata } = await is(() => true);
    return is(({ status }) => (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0));
  }
  /** Has the guest ask anew for an address of the network that its cable is in now, and waits until it has it. */
  async function askAnew(like: RegExp): Promise<void> {
    await ask(on.executor, 'live', 'killall udhcpc; ip addr flush dev eth0; dhcp eth0');
    // The lease of a former stay is still in status: the guest itself is asked.
    await answers(on.executor, 'live', 'ip -4 addr show eth0', like);
    expect(await addressOf(on.executor, 'live', 'eth0', like)).toMatch(like);
  }
  const taps = async () => (await on.host.run('ip', '-br', 'link')).split('\n').filter((line) => line.startsWith('vt'));
  const first = (more: object = {}) => ({ name: 'eth0', network: { name: 'lan' }, ...more });

  beforeAll(async () => {
    on = await createHost();
    await importGuest(on.executor);
    await on.executor.create('VirtualMachineNetwork', 'lan', { nat: { cidr: '10.9.0.0/24' } });
    await on.executor.create('VirtualMachineNetwork', 'other', { nat: { cidr: '10.8.0.0/24' } });
    await Promise.all([networkReady(on.executor, 'lan'), networkReady(on.executor, 'other')]);
    await createLinux(
      on.executor,
      'live',
      [first({ queues: 2, addresses: ['10.9.0.77'], macAddress: '52:54:00:00:00:77' })],
      'vmctl.dhcp',
      2,
    );
    await on.executor.says('live', 'vmctl-guest lease');
  });

  afterAll(async () => {
    await on?.[Symbol.asyncDispose]();
  });

  test('a fixed address, a fixed MAC address and two queues are what the guest has', async () => {
    expect(await addressOf(on.executor, 'live')).toBe('10.9.0.77');
    expect(await ask(on.executor, 'live', 'cat /sys/class/net/eth0/address')).toBe('52:54:00:00:00:77');
    expect(await ask(on.executor, 'live', 'ls /sys/class/net/eth0/queues | grep -c rx')).toBe('2');
  });

  test('a card is plugged in, gets an address, and goes', async () => {
    const second = { name: 'plugged', network: { name: 'other' } };
    const machine = await change([
      first({ queues: 2, addresses: ['10.9.0.77'], macAddress: '52:54:00:00:00:77' }),
      second,
    ]);
    expect(condition(machine, 'RestartRequired')?.status).toBe('False');
    await answers(on.executor, 'live', 'ls /sys/class/net', /eth1/);
    await ask(on.executor, 'live', 'dhcp eth1');
    expect(await addressOf(on.executor, 'live', 'plugged')).toMatch(/^10\.8\.0\./);
    // It tells of it on the console, also in the middle of an answer.
    await on.executor.says('live', 'vmctl-guest lease eth1');
    expect(await taps()).toHaveLength(2);
    await change([first({ queues: 2, addresses: ['10.9.0.77'], macAddress: '52:54:00:00:00:77' })]);
    await is(({ status }) => status?.interfaces?.length === 1);
    expect(await ask(on.executor, 'live', 'ls /sys/class/net')).not.toContain('eth1');
    expect(await taps()).toHaveLength(1);
  });

  test('an rtl8139 is a card of an older board, which takes none while it runs: the condition says so', async () => {
    const second = { name: 'old', network: { name: 'other' }, model: 'rtl8139' };
    const base = first({ queues: 2, addresses: ['10.9.0.77'], macAddress: '52:54:00:00:00:77' });
    const machine = await change([base, second]);
    expect(condition(machine, 'RestartRequired')).toMatchObject({ status: 'True' });
    expect(condition(machine, 'RestartRequired')?.message).toContain('spec.interfaces[old]');
    await change([base]);
  });

  test('the cable goes to another network, and the guest gets an address there', async () => {
    const there = { queues: 2, macAddress: '52:54:00:00:00:77' };
    const machine = await change([first({ ...there, network: { name: 'other' } })]);
    expect(condition(machine, 'RestartRequired')?.status).toBe('False');
    await askAnew(/10\.8\.0\.\d/);
    await change([first(there)]);
    await askAnew(/10\.9\.0\.\d/);
  });

  test('the link goes down and up', async () => {
    const there = { queues: 2, macAddress: '52:54:00:00:00:77' };
    const carrier = (is: string) => answers(on.executor, 'live', 'cat /sys/class/net/eth0/carrier', is);
    await change([first({ ...there, linkState: 'Down' })]);
    await carrier('0');
    await change([first(there)]);
    await carrier('1');
  });

  test('limits come and go while it runs, and hold within 15%', async () => {
    const there = { queues: 2, macAddress: '52:54:00:00:00:77' };
    const limit = 1500;
    const bandwidth = { inboundKilobytesPerSecond: limit, outboundKilobytesPerSecond: limit };
    const machine = await change([first({ ...there, bandwidth })]);
    expect(condition(machine, 'RestartRequired')?.status).toBe('False');
    await holdsLimit(limit * 1000, async () => {
      await using sink = await receive(on.host, 7300);
      const sent = ask(on.executor, 'live', 'dd if=/dev/zero bs=64k count=140 2>/dev/null | nc 10.9.0.1 7300');
      return (await Promise.all([sink.rate(), sent]))[0];
    });
    await holdsLimit(limit * 1000, async () => {
      await using source = await sendMuch(on.host, 7301, 9_000_000);
      const got = ask(on.executor, 'live', 'nc 10.9.0.1 7301 </dev/null | wc -c');
      const [rate, bytes] = await Promise.all([source.rate(), got]);
      expect(bytes).toBe('9000000');
      return rate;
    });
    await change([first(there)]);
    expect(await on.host.run('tc', 'qdisc', 'show')).not.toMatch(/tbf|clsact/);
    expect(await on.host.run('ip', '-br', 'link')).not.toMatch(/^vi/m);
  });

  test('a peak, what may pass at it, and isolation from other isolated ports come and go', async () => {
    const there = { queues: 2, macAddress: '52:54:00:00:00:77' };
    const rates = { inboundKilobytesPerSecond: 1500, inboundBurstKilobytes: 256, outboundKilobytesPerSecond: 1500 };
    const shaped = (peak: number) => ({ ...rates, inboundPeakKilobytesPerSecond: peak });
    const machine = await change([first({ ...there, isolated: true, bandwidth: shaped(3000) })]);
    expect(condition(machine, 'SpecSupported')?.message).not.toMatch(/bandwidth|isolated/);
    expect(condition(machine, 'RestartRequired')?.status).toBe('False');
    const device = machine.status?.interfaces?.find(({ name }) => name === 'eth0')?.device ?? '';
    const bucket = () => on.host.run('tc', 'qdisc', 'show', 'dev', device);
    expect(await bucket()).toMatch(/rate 12Mbit burst 256Kb peakrate 24Mbit/);
    await change([first({ ...there, isolated: true, bandwidth: shaped(4000) })]);
    expect(await bucket()).toMatch(/rate 12Mbit burst 256Kb peakrate 32Mbit/);
    await change([first({ ...there, isolated: true, bandwidth: rates })]);
    expect(await bucket()).not.toMatch(/peakrate/);
    const { master } = JSON.parse(await on.host.run('ip', '-j', 'link', 'show', 'dev', device))[0];
    await on.host.run('ip', 'link', 'add', 'p0', 'type', 'veth', 'peer', 'name', 'p1', 'netns', on.world.name);
    await on.host.run('ip', 'link', 'set', 'p0', 'master', master, 'up');
    await on.host.run('ip', 'link', 'set', 'p0', 'type', 'bridge_slave', 'isolated', 'on');
    await on.world.run('ip', 'address', 'add', '10.9.0.200/24', 'dev', 'p1');
    await on.world.run('ip', 'link', 'set', 'p1', 'up');
    const reach = 'ping -c 1 -W 3 10.9.0.200 >/dev/null && echo reached || echo alone';
    expect(await ask(on.executor, 'live', reach)).toBe('alone');
    await answers(on.executor, 'live', 'ping -c 1 -W 5 10.9.0.1 >/dev/null && echo reached', 'reached');
    await change([first(there)]);
    await answers(on.executor, 'live', reach, 'reached');
    await on.host.run('ip', 'link', 'del', 'p0');
  });

  test('a filter holds back what is not the guest’s own, and goes', async () => {
    const there = { queues: 2, macAddress: '52:54:00:00:00:77' };
    const own = await addressOf(on.executor, 'live', 'eth0', /^10\.9\.0\./);
    const filter = { name: 'clean-traffic', parameters: [{ name: 'IP', value: own }] };
    const machine = await change([first({ ...there, filter })]);
    expect(condition(machine, 'SpecSupported')?.message).not.toMatch(/filter/);
    const device = machine.status?.interfaces?.find(({ name }) => name === 'eth0')?.device ?? '';
    const found = filterOf(filter, there.macAddress, []);
    const wanted = filterTable({ device, network: '', queues: 2, offload: true, ...(found && { filter: found }) });
    const list = () => on.host.run('nft', '-j', 'list', 'table', 'bridge', filterTableOf(device));
    // A change that the kernel was too busy for is tried again.
    const limits = { limitMs: 60_000, what: () => 'the table' };
    await until(() => list().then(Boolean, () => false), limits);
    expect(readTable(await list())).toEqual(wanted);
    const ping = (words: string) => `ping -c 1 -W 3 ${words} 10.9.0.1 >/dev/null && echo reached || echo held`;
    const reaches = (words = '') => answers(on.executor, 'live', ping(words), 'reached');
    const isHeld = async (words = '') => expect(await ask(on.executor, 'live', ping(words))).toBe('held');
    await reaches();
    await ask(on.executor, 'live', 'ip addr add 10.9.0.88/24 dev eth0');
    await isHeld('-I 10.9.0.88');
    const address = (mac: string) => ask(on.executor, 'live', `ip link set eth0 address ${mac}`);
    await address('52:54:00:00:00:99');
    await isHeld();
    await address(there.macAddress);
    await reaches();
    const other = await change([first({ ...there, filter: { name: 'of-my-own' } })]);
    expect(condition(other, 'SpecSupported')?.message).toContain('spec.interfaces[eth0].filter');
    await until(
      () =>
        list().then(
          () => false,
          (error: Error) => /No such file/.test(error.message),
        ),
      limits,
    );
    await reaches('-I 10.9.0.88');
    await ask(on.executor, 'live', 'ip addr del 10.9.0.88/24 dev eth0');
    await change([first(there)]);
  });

  test('what a network cannot do is named', async () => {
    await on.executor.create('VirtualMachineNetwork', 'mine', { user: {} });
    const bandwidth = { inboundKilobytesPerSecond: 1 };
    const machine = await change([
      first({ queues: 2, macAddress: '52:54:00:00:00:77' }),
      { name: 'slow', network: { name: 'mine' }, bandwidth },
    ]);
    expect(condition(machine, 'SpecSupported')?.message).toContain('spec.interfaces[slow].bandwidth');
  });
});
