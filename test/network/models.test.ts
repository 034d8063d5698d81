import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smallMachine } from '../e2e/harness.ts';
import { addressOf, createHost, networkReady, type TestHost } from './host.ts';
import { whyNoNetworks } from './namespace.ts';

const why = await whyNoNetworks();
if (why) console.warn(`models of network cards are not tested: ${why}`);

/** Cards by what a guest without an operating system has for them: the boot ROM of qemu, which asks for an address. */
describe.skipIf(why)('cards', () => {
  let on: TestHost;

  beforeAll(async () => {
    on = await createHost();
    await on.executor.create('VirtualMachineNetwork', 'lan', { nat: { cidr: '10.9.0.0/24' } });
    await networkReady(on.executor, 'lan');
  });

  afterAll(async () => {
    await on?.[Symbol.asyncDispose]();
  });

  test.each(['virtio', 'e1000e', 'e1000', 'rtl8139'])('%s carries packets', async (model) => {
    const interfaces = [{ name: 'eth0', network: { name: 'lan' }, model, bootOrder: 1 }];
    await on.executor.create('VirtualMachine', model, smallMachine('none', { disks: [], interfaces }));
    expect(await addressOf(on.executor, model)).toMatch(/^10\.9\.0\.\d+$/);
    await on.executor.remove('VirtualMachine', model);
  });
});
