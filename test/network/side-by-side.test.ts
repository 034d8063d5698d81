import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smallMachine } from '../e2e/harness.ts';
import { addressOf, createHost, networkReady, type TestHost } from './host.ts';
import { networkState, whyNoNetworks } from './namespace.ts';

const why = await whyNoNetworks();
if (why) console.warn(`executors side by side are not tested: ${why}`);

/** The same names and the same subnet on hosts that know nothing of each other. */
describe.skipIf(why)('executors, each in a network namespace of its own', () => {
  let hosts: TestHost[] = [];

  beforeAll(async () => {
    hosts = await Promise.all([createHost(), createHost()]);
  });

  afterAll(async () => {
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
  });

  test('run the same network and the same machine side by side, and clean up each for itself', async () => {
    const before = await Promise.all(hosts.map(({ host }) => networkState(host)));
    const interfaces = [{ name: 'eth0', network: { name: 'lan' }, bootOrder: 1 }];
    for (const { executor } of hosts) {
      await executor.create('VirtualMachineNetwork', 'lan', { nat: { cidr: '10.9.0.0/24' } });
      await networkReady(executor, 'lan');
      await executor.create('VirtualMachine', 'pxe', smallMachine('none', { disks: [], interfaces }));
    }
    for (const { executor } of hosts) expect(await addressOf(executor, 'pxe')).toMatch(/^10\.9\.0\./);
    const [first, second] = hosts;
    await first?.executor.remove('VirtualMachine', 'pxe');
    await first?.executor.remove('VirtualMachineNetwork', 'lan');
    await first?.executor.eventually('VirtualMachineNetwork', 'lan', (it) => it === undefined);
    expect(first && (await networkState(first.host))).toEqual(before[0]);
    expect(second && (await second.host.run('ip', '-br', 'link'))).toMatch(/^vt/m);
  });

  test('an executor that is killed finds its network and its machine again, and the guest goes on', async () => {
    const [, on] = hosts;
    if (!on) throw new Error('no host');
    const { status } = await on.executor.eventually('VirtualMachine', 'pxe', (it) => it?.status?.pid);
    const processes = () => on.host.run('pgrep', '-f', `${on.executor.home}/networks`);
    const dnsmasq = await processes();
    await on.executor.stop('SIGKILL');
    await on.executor.start();
    const after = await networkReady(on.executor, 'lan');
    expect(after.status?.leases).toHaveLength(1);
    expect((await on.executor.eventually('VirtualMachine', 'pxe', (it) => it?.status?.pid)).status?.pid).toBe(
      status?.pid,
    );
    expect(await processes()).toBe(dnsmasq);
  });

  test('what is left of objects that are lost is removed, and what others made is not', async () => {
    const [, on] = hosts;
    if (!on) throw new Error('no host');
    await on.executor.remove('VirtualMachine', 'pxe');
    await on.executor.remove('VirtualMachineNetwork', 'lan');
    await on.executor.eventually('VirtualMachineNetwork', 'lan', (it) => it === undefined);
    const { ownerOf } = await import('../../executor/network/names.ts');
    const mark = (owner: string) => `vmctl/${owner}/lost-network/lost-machine/eth0`;
    for (const [device, owner] of [
      ['vtlost', ownerOf(on.executor.home)],
      ['vtother', 'somebody'],
    ] as const) {
      await on.host.run('ip', 'tuntap', 'add', 'dev', device, 'mode', 'tap');
      await on.host.run('ip', 'link', 'set', device, 'alias', mark(owner));
    }
    await on.executor.stop();
    await on.executor.start();
    await expect.poll(() => on.host.run('ip', '-br', 'link'), { timeout: 60_000 }).not.toContain('vtlost');
    expect(await on.host.run('ip', '-br', 'link')).toContain('vtother');
  });
});
