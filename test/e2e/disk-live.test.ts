import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { rescueSocket } from '../../executor/qemu/sockets.ts';
import { connectQmp, type Qmp } from '../../executor/qmp/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { LINUX_MEMORY_MIB, linuxGuest } from '../fixtures/guests/linux.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { condition, smallMachine, startExecutor, type TestExecutor, type } from './harness.ts';
import { until } from './until.ts';

let executor: TestExecutor;
let step = 0;
/** Two seconds on an idle host, much longer beside other tests. */
const BOOT_MS = 180_000;

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
  await executor.says('linux', 'vmctl-guest ready', BOOT_MS);
}, 2 * BOOT_MS);

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

/** Shell words that wait in the guest until a condition holds, for a minute or more. */
const waits = (condition: string): string =>
  `n=0; until ${condition}; do [ $((n+=1)) -gt 300 ] && break; sleep 0.2; done`;

/** What a disk says of itself: a virtio one in a file of its own, a SCSI one behind the head of a page. Source: SPC-4, 7.8.13 */
const SAYS = '"$(cat $d/serial 2>/dev/null; tail -c +5 $d/device/vpd_pg80 2>/dev/null)"';

/** Name of the disk with a serial number, once the guest has found it: another may have been in its place before. */
const bySerial = (serial: string): Promise<string> =>
  guest(waits(`for d in /sys/block/*; do [ ${SAYS} = ${serial} ] && basename $d && break; done`));

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
  for (const reason of ['DiskAttached', 'DiskDetached']) await executor.happened('linux', reason);
  await edit((disks) => [...disks, { ...entry, name: 'again', bus: 'scsi' }]);
  await is(has('again', 'Attached'));
  const scsi = await bySerial('travels');
  expect(scsi).toMatch(/^sd/);
  expect(await guest(`head -c 20 /dev/${scsi}`)).toBe('written-in-the-guest');
  await edit(without('again'));
  await is(has('again', undefined));
});

const MIB = 1024 ** 2;
const sleepMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The monitor that the executor leaves to others. */
async function monitor(): Promise<Qmp> {
  const { uid = '' } = (await is(() => true)).metadata;
  return connectQmp(rescueSocket(join(executor.home, 'machines', uid)));
}

const settled = ({ metadata, status }: VirtualMachine): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

/** What the guest has written to a disk so far, as qemu counts it. */
async function written(qmp: Qmp, name: string): Promise<{ bytes: number; requests: number; atMs: number }> {
  const all = await qmp.execute('query-blockstats');
  const found = all.find(({ qdev }) => qdev?.startsWith(`/machine/peripheral/disk-${name}`));
  const { wr_bytes: bytes = 0, wr_operations: requests = 0 } = found?.stats ?? {};
  return { bytes, requests, atMs: performance.now() };
}

interface Rate {
  readonly bytes: number;
  readonly requests: number;
}

/** Waits until the guest's writes are between two bounds: qemu lets a burst go first, and a busy host stands still at times. */
async function settles(qmp: Qmp, of: (rate: Rate) => number, least: number, most: number, ms = 1500): Promise<void> {
  let seen = 0;
  const isWithin = async () => {
    seen = of(await rate(qmp, 'slow', ms));
    return seen > least && seen < most;
  };
  await until(isWithin, { limitMs: 60_000, what: () => `between ${least} and ${most}; it was ${seen} at last` });
}

/** Bytes and requests a second, over a while. */
async function rate(qmp: Qmp, name: string, ms: number): Promise<Rate> {
  const before = await written(qmp, name);
  await sleepMs(ms);
  const after = await written(qmp, name);
  const seconds = (after.atMs - before.atMs) / 1000;
  return { bytes: (after.bytes - before.bytes) / seconds, requests: (after.requests - before.requests) / seconds };
}

test('a disk is served by the thread that it names', async () => {
  const qmp = await monitor();
  const thread = await qmp.execute('qom-get', { path: '/machine/peripheral/disk-first', property: 'iothread' });
  expect(thread).toBe('/objects/iothread-two');
  qmp.close();
});

test('limits hold, and change while the guest writes: in bytes, in requests, with bursts', async () => {
  const entry = { name: 'slow', blank: { size: '64Mi' }, serial: 'slow' };
  const limit = async (iotune?: object) => {
    await edit((disks) => [...without('slow')(disks), { ...entry, iotune }]);
    const { metadata } = await is(() => true);
    await is(
      ({ status }) => (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) && has('slow', 'Attached'),
    );
  };
  await limit({ writeBytesPerSecond: MIB });
  await is(has('slow', 'Attached'));
  const disk = await bySerial('slow');
  const qmp = await monitor();
  onTestFinished(() => qmp.close());
  await guest(
    `(while :; do dd if=/dev/zero of=/dev/${disk} bs=32k count=1024 oflag=direct; done) 2>/dev/null & echo $! >/tmp/dd`,
  );
  const mebibytes = ({ bytes }: Rate) => bytes / MIB;
  await settles(qmp, mebibytes, 0.75, 1.25);
  await limit({ writeBytesPerSecond: 3 * MIB });
  await settles(qmp, mebibytes, 2.4, 3.6);
  const requests = (seen: Rate) => seen.requests;
  await limit({ totalIops: 20 });
  await settles(qmp, requests, 15, 25);
  await limit({ totalIops: 20, totalIopsMax: 100, totalIopsMaxLengthSeconds: 60 });
  await settles(qmp, requests, 60, 120);
  await limit({ totalIops: 20, iopsSizeBytes: 8192 });
  await settles(qmp, requests, 1, 9, 3000);
  await limit();
  await guest('kill $(cat /tmp/dd); killall dd 2>/dev/null');
  await edit(without('slow'));
  await is(has('slow', undefined));
}, 240_000);

/** Bytes that a volume takes in its pool. */
const taken = (path: string): number => statSync(path).blocks * 512;

test.each([
  ['discards, on virtio and qcow2', { bus: 'virtio' }, 'qcow2', 'blkdiscard /dev/DISK'],
  ['discards, on scsi and raw', { bus: 'scsi' }, 'raw', 'blkdiscard /dev/DISK'],
  [
    'overwrites with zeroes',
    { detectZeroes: 'unmap' },
    'qcow2',
    'dd if=/dev/zero of=/dev/DISK bs=1M count=8 conv=fsync',
  ],
])('space that the guest %s is given back', async (what, more, format, command) => {
  const name = `thin-${step}`;
  await makeDisk(name, { size: '16Mi', format });
  const { path = '' } = (await executor.eventually('VirtualMachineDisk', name, Boolean)).status ?? {};
  await edit((disks) => [...disks, { name, disk: { name }, ...more, serial: name }]);
  await is(has(name, 'Attached'));
  const disk = await bySerial(name);
  expect(disk).toMatch(what.includes('scsi') ? /^sd/ : /^vd/);
  await guest(`tr '\\0' x </dev/zero | dd of=/dev/${disk} bs=1M count=8 iflag=fullblock conv=fsync 2>/dev/null`);
  expect(taken(path)).toBeGreaterThanOrEqual(8 * MIB);
  await guest(`${command.replace('DISK', disk)} 2>/dev/null; sync`);
  expect(taken(path)).toBeLessThan(MIB);
  await edit(without(name));
  await is(has(name, undefined));
});

test('a disk grows under the guest, which sees it: with limits on it, and without', async () => {
  for (const iotune of [undefined, { totalIops: 1000 }]) {
    const name = iotune ? 'grown-limited' : 'grown';
    await makeDisk(name);
    await edit((disks) => [...disks, { name, disk: { name }, serial: name, iotune }]);
    await is(has(name, 'Attached'));
    const disk = await bySerial(name);
    expect(await guest(`cat /sys/block/${disk}/size`)).toBe('32768');
    await executor.patch('VirtualMachineDisk', name, { spec: { size: '48Mi' } });
    await executor.eventually('VirtualMachineDisk', name, (now) => now?.status?.virtualSize === '48Mi');
    await guest(waits(`[ $(cat /sys/block/${disk}/size) = 98304 ]`));
    expect(await guest(`cat /sys/block/${disk}/size`)).toBe('98304');
    await edit((disks) => [
      ...without(name)(disks),
      { name, disk: { name }, serial: name, iotune: { totalIops: 7, totalIopsMax: 9 } },
    ]);
    await is((machine) => condition(machine, 'Ready')?.status === 'True' && settled(machine));
    const qmp = await monitor();
    if (iotune) {
      const group = { path: `/objects/throttle-${name}`, property: 'limits' };
      expect(await qmp.execute('qom-get', group)).toMatchObject({ 'iops-total': 7, 'iops-total-max': 9 });
    } else {
      const device = (await qmp.execute('query-block')).find(({ qdev }) => qdev?.includes(`disk-${name}/`));
      expect(device?.inserted).toMatchObject({ iops: 7, iops_max: 9 });
    }
    qmp.close();
    await edit(without(name));
    await is(has(name, undefined));
  }
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
}, 240_000);

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
  await guest(waits('[ $(ls /sys/block | grep -c ^[sv]d) = 60 ]'));
  expect(await guest('ls /sys/block | grep -c ^[sv]d')).toBe('60');
  await edit((disks) => disks.slice(0, 1));
  await is(({ status }) => status?.disks?.length === 1);
}, 240_000);

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
}, 240_000);
