import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { onCluster } from './backing.ts';
import { condition, smallMachine, startExecutor, type TestExecutor } from './harness.ts';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('beat', serialDisk());
});

afterAll(() => executor?.[Symbol.asyncDispose]());

const is = (name: string, holds: (machine: VirtualMachine) => unknown): Promise<VirtualMachine> =>
  executor.eventually('VirtualMachine', name, (machine) => machine && holds(machine));
const power = (name: string, state: string) => is(name, ({ status }) => status?.powerState === state);
const failing = (name: string, type: string, reason: string) =>
  is(name, (machine) => condition(machine, type)?.status === 'False' && condition(machine, type)?.reason === reason);

test('a machine whose disk is not there says so, and starts once it is', async () => {
  await executor.create(
    'VirtualMachine',
    'lacks-disk',
    smallMachine('beat', { disks: [{ name: 'root', disk: { name: 'later' } }] }),
  );
  const waiting = await failing('lacks-disk', 'DisksReady', 'DiskMissing');
  expect(condition(waiting, 'DisksReady')?.message).toBe('the disk later is not there; create it');
  expect(condition(waiting, 'Ready')).toMatchObject({ status: 'False', reason: 'DiskMissing' });
  await executor.create('VirtualMachineDisk', 'later', { source: { image: { name: 'beat' } } });
  await power('lacks-disk', 'Running');
  await executor.says('lacks-disk', 'T 00000001');
});

test('a machine whose image is not there says so, and starts once it is', async () => {
  await executor.create('VirtualMachine', 'lacks-image', smallMachine('late-image'));
  const waiting = await is('lacks-image', (machine) =>
    condition(machine, 'DisksReady')?.message.includes('late-image'),
  );
  expect(condition(waiting, 'DisksReady')?.status).toBe('False');
  await executor.image('late-image', serialDisk());
  await power('lacks-image', 'Running');
});

test('a machine whose network is not there says so, and starts once it is', async () => {
  const interfaces = [{ name: 'eth0', network: { name: 'late-net' } }];
  await executor.create('VirtualMachine', 'lacks-net', smallMachine('beat', { interfaces }));
  const waiting = await failing('lacks-net', 'NetworksReady', 'NetworkMissing');
  expect(condition(waiting, 'NetworksReady')?.message).toBe('the network late-net is not there; create it');
  await executor.create('VirtualMachineNetwork', 'late-net', { user: {} });
  expect((await power('lacks-net', 'Running')).status?.interfaces?.[0]).toMatchObject({
    name: 'eth0',
    addresses: ['10.0.2.15'],
  });
});

test('a network that is not up on the node is named, with what it lacks', async () => {
  await executor.create('VirtualMachineNetwork', 'lan', { bridge: { name: 'vmctl-none' } });
  await executor.create(
    'VirtualMachine',
    'on-lan',
    smallMachine('beat', { interfaces: [{ name: 'eth0', network: { name: 'lan' } }] }),
  );
  const refused = await failing('on-lan', 'NetworksReady', 'NetworkNotReady');
  expect(condition(refused, 'NetworksReady')?.message).toContain('the network lan is not ready');
});

test('a machine whose pool is not there says so, and starts once it is', async () => {
  const disks = [{ name: 'root', image: { name: 'beat', pool: 'late-pool' } }];
  await executor.create('VirtualMachine', 'lacks-pool', smallMachine('beat', { disks }));
  await is('lacks-pool', (machine) => condition(machine, 'DisksReady')?.message.includes('late-pool'));
  await executor.create('VirtualMachineStoragePool', 'late-pool', { dir: { path: `${executor.home}/late-pool` } });
  await power('lacks-pool', 'Running');
});

test('the second machine on one disk is refused with the name of the first, and gets the disk when that is gone', async () => {
  await executor.create('VirtualMachineDisk', 'shared', { source: { image: { name: 'beat' } } });
  const disks = [{ name: 'root', disk: { name: 'shared' } }];
  await executor.create('VirtualMachine', 'b-first', smallMachine('beat', { disks }));
  await power('b-first', 'Running');
  await executor.create('VirtualMachine', 'a-second', smallMachine('beat', { disks }));
  const refused = await failing('a-second', 'DisksReady', 'DiskInUse');
  expect(condition(refused, 'DisksReady')?.message).toBe('the disk shared is in use by the machine b-first');
  await executor.remove('VirtualMachine', 'b-first');
  await power('a-second', 'Running');
});

test('any number of machines may have one disk that all of them only read', async () => {
  await executor.create('VirtualMachineDisk', 'read', { source: { image: { name: 'beat' } } });
  const disks = [{ name: 'root', disk: { name: 'read' }, readOnly: true }];
  for (const name of ['reads', 'reads-too'])
    await executor.create('VirtualMachine', name, smallMachine('beat', { disks }));
  await power('reads', 'Running');
  await power('reads-too', 'Running');
  await executor.create(
    'VirtualMachine',
    'writes',
    smallMachine('beat', { disks: [{ name: 'root', disk: { name: 'read' } }] }),
  );
  await failing('writes', 'DisksReady', 'DiskInUse');
});

test('a port that is taken is named, and taken over once it is free', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const interfaces = [{ name: 'eth0', network: { name: 'default' }, forwards: [{ hostPort: port, port: 22 }] }];
  await executor.create('VirtualMachine', 'port', smallMachine('beat', { interfaces }));
  const refused = await failing('port', 'NetworksReady', 'PortTaken');
  expect(condition(refused, 'NetworksReady')?.message).toBe(
    `127.0.0.1:${port}/TCP is taken on this node; free it or forward another port`,
  );
  await executor.happened('port', 'PortTaken');
  server.close();
  const { status } = await power('port', 'Running');
  expect(status?.addresses).toEqual([`127.0.0.1:${port}`, '10.0.2.15']);
  expect(status?.interfaces?.[0]?.forwards).toEqual([`127.0.0.1:${port}->22/TCP`]);
});

test('what this host cannot give is a condition that names the field', async () => {
  await executor.create(
    'VirtualMachine',
    'uefi',
    smallMachine('beat', { machine: { type: 'pc', firmware: { uefi: { secureBoot: true } } } }),
  );
  const refused = await failing('uefi', 'Ready', 'FirmwareMissing');
  expect(condition(refused, 'Ready')?.message).toMatch(/^spec\.machine\.firmware\.uefi: .*install the package ovmf/);
  await executor.patch('VirtualMachine', 'uefi', { spec: { machine: { firmware: { uefi: null, bios: {} } } } });
  await power('uefi', 'Running');
});

test('fields that have no effect yet are named', async () => {
  await executor.create(
    'VirtualMachine',
    'cloudy',
    smallMachine('beat', { launch: { extraArguments: ['-snapshot'] } }),
  );
  const machine = await failing('cloudy', 'SpecSupported', 'NotCarriedOut');
  expect(condition(machine, 'SpecSupported')?.message).toBe('without effect on this node: spec.launch.extraArguments');
});

test('CPU and memory of zero, less than zero and too much are refused by the API with the path of the field', async () => {
  for (const [spec, path] of [
    [{ cpu: { cores: 0 } }, 'spec.cpu.cores'],
    [{ cpu: { cores: -1 } }, 'spec.cpu.cores'],
    [{ cpu: { cores: 100_000 } }, 'spec.cpu.cores'],
    [{ memory: { size: 0 } }, 'spec.memory.size'],
    [{ memory: { size: '-1Gi' } }, 'spec.memory.size'],
    [{ memory: { size: '1000Ei' } }, 'spec.memory.size'],
  ] as const) {
    await expect(executor.create('VirtualMachine', 'wrong', smallMachine('beat', spec))).rejects.toThrow(path);
  }
});

test('a machine that asks for more memory than there is says so', async () => {
  await executor.create('VirtualMachine', 'huge', smallMachine('beat', { memory: { size: '16Ti' } }));
  // On a cluster the scheduler says so, and no node is asked.
  await failing('huge', 'Ready', onCluster ? 'Unschedulable' : 'NotEnoughMemory');
});

test('a name with dots and digits goes through every step', async () => {
  const name = '0.odd-name.9';
  await executor.create('VirtualMachine', name, smallMachine('beat'));
  await executor.says(name, 'T 00000001');
  await executor.kubectl('delete', 'vm', name, '--wait');
});
