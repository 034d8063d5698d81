import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { LINUX_MEMORY_MIB, linuxGuest } from '../fixtures/guests/linux.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { condition, smallMachine, startExecutor, type TestExecutor, type } from './harness.ts';

let executor: TestExecutor;
let step = 0;

beforeAll(async () => {
  executor = await startExecutor();
  const { kernel, initrd, commandLine } = await linuxGuest();
  await executor.image('kernel', await readFile(kernel));
  await executor.image('initrd', await readFile(initrd));
  const boot = { kernel: { image: { name: 'kernel' }, initrd: { name: 'initrd' }, commandLine } };
  const spec = smallMachine('unused', {
    memory: { size: `${LINUX_MEMORY_MIB}Mi` },
    machine: { boot },
    iothreads: [{ name: 'one' }, { name: 'two' }],
    disks: [{ name: 'first', blank: { size: '16Mi' }, serial: 'first', iothread: 'two' }],
  });
  await executor.create('VirtualMachine', 'linux', spec);
  await executor.says('linux', 'vmctl-guest ready');
});

afterAll(async () => {
  await executor?.[Symbol.asyncDispose]();
});

const is = (holds: (machine: VirtualMachine) => unknown, name = 'linux'): Promise<VirtualMachine> =>
  executor.eventually('VirtualMachine', name, (machine) => machine && holds(machine));

const has = (name: string, state?: 'Attached' | 'Detaching') => (machine: VirtualMachine) =>
  machine.status?.disks?.find((disk) => disk.name === name)?.state === state;

/** Changes the list of disks as an editor does: all of it. */
async function edit(change: (disks: object[]) => object[], name = 'linux'): Promise<void> {
  const { spec } = await is(() => true, name);
  await executor.patch('VirtualMachine', name, { spec: { disks: change(spec.disks ?? []) } });
}

const without = (name: string) => (disks: object[]) => disks.filter((disk) => (disk as { name: string }).name !== name);

/** Runs a command in the guest. @returns what it said */
async function guest(command: string): Promise<string> {
  step += 1;
  await type(executor, 'linux', `echo "<$((${step}))"; ${command}; echo "$((${step}))>"\n`);
  const said = await executor.says('linux', new RegExp(`<${step}\\r?\\n[\\s\\S]*${step}>`));
  return (new RegExp(`<${step}\\r?\\n([\\s\\S]*?)${step}>`).exec(said)?.[1] ?? '').replaceAll('\r', '').trim();
}

/** Name of the disk with a serial number, once the guest has found it. */
const bySerial = (serial: string): Promise<string> =>
  guest(
    `for i in 1 2 3 4 5 6 7 8 9 10; do for d in /sys/block/*; do [ "$(cat $d/serial 2>/dev/null)" = ${serial} ] && basename $d && break 2; done; sleep 0.5; done`,
  );

async function makeDisk(name: string, spec: object = { size: '16Mi' }): Promise<void> {
  await executor.create('VirtualMachineDisk', name, spec);
  await executor.eventually('VirtualMachineDisk', name, (disk) => disk?.status?.phase === 'Ready');
}

test('a disk is plugged in, written to, taken out, and has in another slot what was written', async () => {
  await makeDisk('travels');
  const entry = { name: 'data', disk: { name: 'travels' }, serial: 'travels' };
  await edit((disks) => [...disks, entry]);
  expect(condition(await is(has('data', 'Attached')), 'RestartRequired')?.status).toBe('False');
  const disk = await bySerial('travels');
  expect(disk).toMatch(/^vd/);
  await guest(`echo written-in-the-guest | dd of=/dev/${disk} conv=fsync 2>/dev/null`);
  await edit(without('data'));
  await is(has('data', undefined));
  await executor.eventually('VirtualMachineDisk', 'travels', (now) => now?.status?.usedBy === undefined);
  expect(await executor.events('linux')).toEqual(expect.arrayContaining(['DiskAttached', 'DiskDetached']));
  await edit((disks) => [...disks, { ...entry, name: 'again', bus: 'scsi' }]);
  await is(has('again', 'Attached'));
  await guest('for i in 1 2 3 4 5 6; do [ -e /dev/sda ] && break; sleep 0.5; done');
  expect(await guest('head -c 20 /dev/sda')).toBe('written-in-the-guest');
  await edit(without('again'));
  await is(has('again', undefined));
});

test('an executor that is killed while it plugs finds what it left and goes on', async () => {
  await makeDisk('killed');
  for (let round = 0; round < 2; round += 1) {
    await edit((disks) => [...disks, { name: 'k', disk: { name: 'killed' }, bus: 'scsi' }]);
    await executor.stop('SIGKILL');
    await executor.start();
    await is(has('k', 'Attached'));
    await edit(without('k'));
    await executor.stop('SIGKILL');
    await executor.start();
    await is(has('k', undefined));
  }
}, 60_000);

test('sixty disks at once, most of them plugged in, each with its own place', async () => {
  const names = Array.from({ length: 59 }, (_, index) => `many-${index}`);
  await Promise.all(names.map((name) => executor.create('VirtualMachineDisk', name, { size: '1Mi' })));
  for (const name of names)
    await executor.eventually('VirtualMachineDisk', name, (disk) => disk?.status?.phase === 'Ready');
  const entries = names.map((name, index) => ({
    name,
    disk: { name },
    bus: index < 2 ? 'virtio' : 'scsi',
    serial: name,
  }));
  await edit((disks) => [...disks, ...entries]);
  const full = await is(({ status }) => status?.disks?.filter(({ state }) => state === 'Attached').length === 60);
  expect(condition(full, 'RestartRequired')?.status).toBe('False');
  await guest('for i in 1 2 3 4 5 6 7 8 9; do [ $(ls /sys/block | grep -c ^sd) = 57 ] && break; sleep 1; done');
  expect(await guest('ls /sys/block | grep -c ^[sv]d')).toBe('60');
  await edit((disks) => disks.slice(0, 1));
  await is(({ status }) => status?.disks?.length === 1);
}, 120_000);

test('a guest that does not let go is told of, nothing hangs, and no other machine gets the disk', async () => {
  await executor.image('deaf', serialDisk({ everyTicks: 2 }));
  await makeDisk('held');
  const disks = [
    { name: 'root', image: { name: 'deaf' } },
    { name: 'data', disk: { name: 'held' } },
  ];
  await executor.create('VirtualMachine', 'deaf', smallMachine('deaf', { machine: {}, disks }));
  await is(({ status }) => status?.powerState === 'Running', 'deaf');
  await edit(without('data'), 'deaf');
  const pending = await is((machine) => condition(machine, 'DetachPending'), 'deaf');
  expect(condition(pending, 'DetachPending')?.message).toContain('the guest has not let go of the disks data');
  expect(pending.status?.disks?.find(({ name }) => name === 'data')?.state).toBe('Detaching');
  await executor.create(
    'VirtualMachine',
    'second',
    smallMachine('deaf', { disks: [...disks.slice(0, 1), { name: 'data', disk: { name: 'held' } }] }),
  );
  const refused = await is((machine) => condition(machine, 'DisksReady')?.reason === 'DiskInUse', 'second');
  expect(condition(refused, 'DisksReady')?.message).toContain('the disk held is in use by the machine deaf');
  await executor.patch('VirtualMachine', 'deaf', { spec: { powerState: 'Stopped' } });
  await is(({ status }) => status?.powerState === 'Stopped', 'deaf');
  await is(({ status }) => status?.powerState === 'Running', 'second');
  await executor.kubectl('delete', 'vm', 'deaf', 'second', '--wait');
}, 60_000);
