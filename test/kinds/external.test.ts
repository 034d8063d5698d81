import { expect, test } from 'vitest';
import { judgeHost } from '../../executor/kinds/virtualmachinenetwork/judge.ts';
import { poolReconciler } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import { because, createWorld, ready } from './world.ts';

test('a pool that is only remembered says so, and what to do', async () => {
  await using world = createWorld();
  world.run(poolReconciler);
  world.add('VirtualMachineStoragePool', 'ceph', { external: { type: 'rbd', name: 'rbd' } });
  const pool = await world.until('VirtualMachineStoragePool', 'ceph', because('NotSupported'));
  expect(ready(pool)?.message).toMatch(/type rbd are only remembered here: move the volumes/);
});

test('a network that is only remembered says so, and what to do', () => {
  const network = { apiVersion: 'v', kind: 'k', metadata: { name: 'vf' }, spec: { external: { mode: 'HostDevice' } } };
  const observed = { wanted: { host: {} }, host: {} };
  expect(judgeHost(network as never, observed as never)).toMatchObject({
    status: 'False',
    reason: 'NotSupported',
    message: expect.stringMatching(/nat, routed, isolated, bridge or ovs in its place: HostDevice/),
  });
});
