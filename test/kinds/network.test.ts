import { expect, test } from 'vitest';
import { networkReconciler } from '../../executor/kinds/virtualmachinenetwork/index.ts';
import { because, createWorld, ready } from './world.ts';

test('a user network is ready everywhere', async () => {
  await using world = createWorld();
  world.run(networkReconciler);
  world.add('VirtualMachineNetwork', 'lan', { user: {} });
  const network = await world.until('VirtualMachineNetwork', 'lan', because('Ready'));
  expect(network.status?.nodes).toEqual([{ name: 'node-1', ready: true }]);
});

test.each([
  ['nat', { nat: { cidr: '10.10.0.0/24' } }],
  ['bridge', { bridge: { name: 'br0' } }],
  ['ovs', { ovs: { bridge: 'ovs0' } }],
])('a network of the type %s says that it is not supported yet', async (type, spec) => {
  await using world = createWorld();
  world.run(networkReconciler);
  world.add('VirtualMachineNetwork', 'lan', spec);
  const network = await world.until('VirtualMachineNetwork', 'lan', because('NotSupported'));
  expect(ready(network)).toMatchObject({ status: 'False', message: expect.stringContaining(`type ${type}`) });
});

test('a network for other nodes is not ready on this one', async () => {
  await using world = createWorld();
  world.run(networkReconciler);
  world.add('VirtualMachineNetwork', 'lan', { user: {}, nodeNames: ['node-2'] });
  const network = await world.until('VirtualMachineNetwork', 'lan', because('NotOnThisNode'));
  expect(network.status?.nodes).toEqual([]);
});
