import { afterAll, beforeAll, expect, test } from 'vitest';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('beat', serialDisk());
});

afterAll(async () => {
  await executor[Symbol.asyncDispose]();
});

const power = (name: string, state: string) =>
  executor.eventually('VirtualMachine', name, (vm) => vm?.status?.powerState === state);

test('a machine goes from creation to a guest that speaks, and leaves nothing behind', async () => {
  await executor.create('VirtualMachine', 'life', smallMachine('beat'));
  await executor.says('life', 'T 00000003');
  const machine = await power('life', 'Running');
  expect(machine.status).toMatchObject({
    acceleration: 'tcg',
    cpus: 1,
    memory: '32Mi',
    nodeName: machine.spec.nodeName,
  });
  await executor.kubectl('delete', 'vm', 'life', '--wait');
  await executor.eventually('VirtualMachineDisk', 'life-root', (disk) => disk === undefined);
});
