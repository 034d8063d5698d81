import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeVlanFiltering } from '../../executor/network/link/vlan-probe.ts';
import { condition } from '../e2e/harness.ts';
import { until } from '../e2e/until.ts';
import {
  addressOf,
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

const why = await whyNoNetworks();
if (why) console.warn(`bridges are not tested: ${why}`);

/** Well below the time after which networks are looked at without any reason. */
const SOON_MS = 10_000;

describe.skipIf(why)('bridges', () => {
  let on: TestHost;

  beforeAll(async () => {
    on = await createHost();
    await importGuest(on.executor);
  });

  afterAll(async () => {
    await on?.[Symbol.asyncDispose]();
  });

  test('a bridge that is not there is named; one that is there is used, and left as it was', async () => {
    await on.executor.create('VirtualMachineNetwork', 'theirs', { bridge: { name: 'br0' } });
    const missing = await on.executor.eventually(
      'VirtualMachineNetwork',
      'theirs',
      (it) => it?.status?.conditions?.length,
    );
    expect(missing.status?.conditions).toMatchObject([{ status: 'False', reason: 'BridgeMissing' }]);
    await removed(on.executor, 'VirtualMachineNetwork', 'theirs');
    await on.host.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    await on.host.run('ip', 'address', 'add', '10.50.0.1/24', 'dev', 'br0');
    // With a port of its own, as a bridge that somebody uses has.
    await on.host.run('ip', 'link', 'add', 'port0', 'type', 'veth', 'peer', 'name', 'port1');
    await on.host.run('ip', 'link', 'set', 'port0', 'master', 'br0');
    for (const device of ['port0', 'port1', 'br0']) await on.host.run('ip', 'link', 'set', device, 'up');
    await until(async () => (await on.host.run('ip', 'link', 'show', 'br0')).includes('state UP'), {
      limitMs: 60_000,
      what: () => 'a bridge that is up',
    });
    const before = await networkState(on.host);
    await on.executor.create('VirtualMachineNetwork', 'theirs', { bridge: { name: 'br0' } });
    await networkReady(on.executor, 'theirs');
    await createLinux(on.executor, 'guest', [{ name: 'eth0', network: { name: 'theirs' } }], '');
    await on.executor.says('guest', 'vmctl-guest ready');
    await ask(on.executor, 'guest', 'ip addr add 10.50.0.9/24 dev eth0; arping -U -c 1 -I eth0 10.50.0.9');
    const usedAt = Date.now();
    expect(await addressOf(on.executor, 'guest')).toBe('10.50.0.9');
    expect(Date.now() - usedAt).toBeLessThan(SOON_MS);
    await answers(on.executor, 'guest', 'ping -c 1 -W 5 10.50.0.1 >/dev/null && echo reached', 'reached');
    await removed(on.executor, 'VirtualMachine', 'guest');
    await removed(on.executor, 'VirtualMachineNetwork', 'theirs');
    expect(await networkState(on.host)).toEqual(before);
    await on.host.run('ip', 'link', 'del', 'br0');
    await on.host.run('ip', 'link', 'del', 'port0');
  });

  test('a bridge over the host’s card carries guests into its network, and everything is put back', async () => {
    const before = await networkState(on.host);
    await on.executor.create('VirtualMachineNetwork', 'outside', { bridge: { of: 'eth0' } });
    const { status } = await networkReady(on.executor, 'outside');
    const bridge = status?.nodes?.[0]?.device ?? '';
    expect(await on.host.run('ip', 'route', 'show', 'default')).toContain(`dev ${bridge}`);
    expect(await on.host.run('ip', '-br', 'address', 'show', 'dev', bridge)).toContain(
      `${WORLD.host}/24 ${WORLD.second}/24`,
    );
    await createLinux(on.executor, 'guest', [{ name: 'eth0', network: { name: 'outside' } }], '');
    await on.executor.says('guest', 'vmctl-guest ready');
    await ask(on.executor, 'guest', 'ip addr add 192.0.2.9/24 dev eth0');
    await answers(on.executor, 'guest', `ping -c 1 -W 5 ${WORLD.address} >/dev/null && echo reached`, 'reached');
    expect(await addressOf(on.executor, 'guest')).toBe('192.0.2.9');
    await removed(on.executor, 'VirtualMachine', 'guest');
    await removed(on.executor, 'VirtualMachineNetwork', 'outside');
    expect(await networkState(on.host)).toEqual(before);
  });

  test('a kernel without VLAN filtering is told of, and nothing is left', async () => {
    const before = await networkState(on.host);
    await on.executor.create('VirtualMachineNetwork', 'tagged', { bridge: { of: 'eth0', vlan: 7 } });
    const network = await on.executor.eventually(
      'VirtualMachineNetwork',
      'tagged',
      (it) => it?.status?.conditions?.length,
    );
    const [ready] = network.status?.conditions ?? [];
    const can = await probeVlanFiltering();
    expect(ready).toMatchObject(can === 'yes' ? { status: 'True' } : { status: 'False', reason: 'VlanUnsupported' });
    await removed(on.executor, 'VirtualMachineNetwork', 'tagged');
    expect(await networkState(on.host)).toEqual(before);
  });

  test('what makes no sense is refused in a sentence', async () => {
    await on.executor.create('VirtualMachineNetwork', 'wrong', { nat: { cidr: '10.1.2.3/32' } });
    const network = await on.executor.eventually(
      'VirtualMachineNetwork',
      'wrong',
      (it) => it?.status?.conditions?.length,
    );
    expect(network.status?.conditions).toMatchObject([
      { reason: 'InvalidSpec', message: expect.stringContaining('no room for a guest') },
    ]);
    await createLinux(on.executor, 'waits', [{ name: 'eth0', network: { name: 'wrong' } }], '');
    const machine = await on.executor.eventually(
      'VirtualMachine',
      'waits',
      (it) => it && condition(it, 'NetworksReady'),
    );
    expect(condition(machine, 'NetworksReady')).toMatchObject({ status: 'False', reason: 'NetworkNotReady' });
    await removed(on.executor, 'VirtualMachine', 'waits');
    await removed(on.executor, 'VirtualMachineNetwork', 'wrong');
  });
});
