import { expect, test } from 'vitest';
import { networkReconciler } from '../../executor/kinds/virtualmachinenetwork/index.ts';
import { because, createWorld } from './world.ts';

test('a user network is ready everywhere', async () => {
  await using world = createWorld();
  world.run(networkReconciler);
  world.add('VirtualMachineNetwork', 'lan', { user: {} });
  const network = await world.until('VirtualMachineNetwork', 'lan', because('Ready'));
  expect(network.status?.nodes).toEqual([{ name: 'node-1', ready: true }]);
});

test('a network for other nodes is not ready on this one', async () => {
  await using world = createWorld();
  world.run(networkReconciler);
  world.add('VirtualMachineNetwork', 'lan', { user: {}, nodeNames: ['node-2'] });
  const network = await world.until('VirtualMachineNetwork', 'lan', because('NotOnThisNode'));
  expect(network.status?.nodes).toEqual([]);
});
