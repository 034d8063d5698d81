import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { macvtapRefusal, planMacvtap } from '../../executor/network/tap/macvtap.ts';
import { condition, startExecutor, type TestExecutor } from '../e2e/harness.ts';
import { answers, ask, createLinux, importGuest, removed, WORLD } from './host.ts';
import { createNamespace, type Namespace, whyNoNetworks } from './namespace.ts';

/** Whether this kernel makes macvtaps: a module that a container cannot load. */
async function whyNoMacvtap(): Promise<string | undefined> {
  const none = await whyNoNetworks();
  if (none) return none;
  await using place = await createNamespace();
  await place.run('ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
  // Awaited in here: the namespace goes, with all that runs in it, when this returns.
  return await place.run('ip', 'link', 'add', 'link', 'v0', 'name', 'm0', 'type', 'macvtap').then(
    () => undefined,
    (error: Error) => error.message,
  );
}

const why = await whyNoNetworks();
const whyNot = await whyNoMacvtap();
if (why ?? whyNot) console.warn(`taps and macvtaps of machines are not all tested: ${why ?? whyNot}`);

const MAC = '52:54:00:00:00:42';

describe.skipIf(why)('interfaces that are on no network', () => {
  let host: Namespace;
  let world: Namespace;
  let executor: TestExecutor;

  beforeAll(async () => {
    [host, world] = await Promise.all([createNamespace(), createNamespace()]);
    await host.run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', world.name);
    await host.run('ip', 'link', 'set', 'eth0', 'up');
    await world.run('ip', 'address', 'add', `${WORLD.address}/24`, 'dev', 'eth0');
    await world.run('ip', 'link', 'set', 'eth0', 'up');
    // With what sysfs shows of this namespace, as on any host: the kernel tells of macvtaps there.
    executor = await startExecutor({ enter: ['ip', 'netns', 'exec', host.name] });
    await importGuest(executor);
  });

  afterAll(async () => {
    await executor?.[Symbol.asyncDispose]();
    await Promise.all([host?.[Symbol.asyncDispose](), world?.[Symbol.asyncDispose]()]);
  });

  test('a tap is made for a machine, under the name that was asked for as well, and goes with it', async () => {
    const bandwidth = { inboundKilobytesPerSecond: 2000 };
    const nic = { name: 'eth0', connection: { tap: { device: 'tap7' } }, macAddress: MAC, bandwidth };
    await createLinux(executor, 'wired', [nic], '');
    await executor.says('wired', 'vmctl-guest ready');
    await host.run('ip', 'address', 'add', '10.50.0.1/24', 'dev', 'tap7');
    await ask(executor, 'wired', 'ip addr add 10.50.0.2/24 dev eth0');
    await answers(executor, 'wired', 'ping -c 1 -W 5 10.50.0.1 >/dev/null && echo reached', 'reached');
    expect(await host.run('tc', 'qdisc', 'show', 'dev', 'tap7')).toContain('rate 16Mbit');
    const { status } = await executor.eventually('VirtualMachine', 'wired', (it) => it);
    expect(status?.interfaces?.[0]?.device).toMatch(/^vt/);
    await removed(executor, 'VirtualMachine', 'wired');
    expect(await host.run('ip', '-br', 'link')).not.toMatch(/^vt/m);
  });

  test.skipIf(whyNot)('a macvtap puts the guest beside its host on the wire, and goes with the machine', async () => {
    const nic = { name: 'eth0', connection: { direct: { device: 'eth0', mode: 'bridge' } }, macAddress: MAC };
    await createLinux(executor, 'beside', [nic], '');
    await executor.says('beside', 'vmctl-guest ready');
    await ask(executor, 'beside', 'ip addr add 192.0.2.50/24 dev eth0');
    await answers(executor, 'beside', `ping -c 1 -W 5 ${WORLD.address} >/dev/null && echo reached`, 'reached');
    const { status } = await executor.eventually('VirtualMachine', 'beside', (it) => it);
    const device = status?.interfaces?.[0]?.device ?? '';
    const [link] = JSON.parse(await host.run('ip', '-d', '-j', 'link', 'show', 'dev', device));
    expect(link).toMatchObject({
      link: 'eth0',
      address: MAC,
      linkinfo: { info_kind: 'macvtap', info_data: { mode: 'bridge' } },
    });
    await removed(executor, 'VirtualMachine', 'beside');
    expect(await host.run('ip', '-br', 'link')).not.toMatch(/^vt/m);
  });

  test.skipIf(whyNot)('one over an interface that the node has not is a condition that names it', async () => {
    await createLinux(executor, 'nowhere', [{ name: 'eth0', connection: { direct: { device: 'eth9' } } }], '');
    const machine = await executor.eventually(
      'VirtualMachine',
      'nowhere',
      (it) => it && condition(it, 'Ready')?.reason === 'DeviceMissing',
    );
    expect(condition(machine, 'Ready')?.message).toMatch(/spec\.interfaces\[eth0\].*no interface eth9/);
  });
});

test('what a macvtap is made of is planned, and what the kernel refuses is told in words', () => {
  const backend = { device: 'vtabc', over: 'eno1', mode: 'passthrough', macAddress: MAC, mtu: 9000 } as const;
  const mark = { owner: 'me', network: '-', machine: 'uid', nic: 'eth0' };
  expect(planMacvtap({ nic: 'eth0', backend, mark }, undefined)).toEqual([
    ['link', 'add', 'link', 'eno1', 'name', 'vtabc', 'address', MAC, 'type', 'macvtap', 'mode', 'passthru'],
    ['link', 'set', 'dev', 'vtabc', 'alias', 'vmctl/me/-/uid/eth0'],
    ['link', 'set', 'dev', 'vtabc', 'addrgenmode', 'none'],
    ['link', 'set', 'dev', 'vtabc', 'mtu', '9000'],
    ['link', 'set', 'dev', 'vtabc', 'up'],
  ]);
  const refusal = (words: string) => macvtapRefusal('eth0', 'eno1', new Error(words));
  expect(refusal('Error: Unknown device type.')).toMatchObject({
    reason: 'ConnectionUnsupported',
    message: expect.stringContaining('load the module macvtap'),
  });
  expect(refusal('RTNETLINK answers: Device or resource busy')).toMatchObject({ reason: 'DeviceBusy' });
  expect(refusal('RTNETLINK answers: Operation not permitted')).toMatchObject({ reason: 'NeedsPrivilege' });
});
