import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../executor/network/free-port.ts';
import { rescueSocket } from '../../executor/qemu/sockets.ts';
import { connectQmp, type Qmp } from '../../executor/qmp/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { LINUX_MEMORY_MIB, linuxGuest } from '../fixtures/guests/linux.ts';
import { condition, smallMachine, startExecutor, type TestExecutor, type } from './harness.ts';
import { until } from './until.ts';

/** Longer than a guest takes to greet. */
const SILENCE_MS = 10_000;

let executor: TestExecutor;
let qmp: Qmp;
let uid: string;

const is = (holds: (machine: VirtualMachine) => unknown): Promise<VirtualMachine> =>
  executor.eventually('VirtualMachine', 'live', (machine) => machine && holds(machine));

/** Changes the machine, and waits until the executor has dealt with that. */
async function change(spec: object): Promise<VirtualMachine> {
  await executor.patch('VirtualMachine', 'live', { spec });
  const { metadata } = await is(() => true);
  return is(({ status }) => (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0));
}

/** What listens in the guest greets and ends; the next one takes a moment to listen. */
async function greeting(port: number): Promise<void> {
  let heard = '';
  const greets = async () => {
    heard = await hear(port).catch(String);
    return heard === 'hello 42';
  };
  await until(greets, { limitMs: 60_000, what: () => `a guest that greets on port ${port}; it said ${heard}` });
}

async function hear(port: number): Promise<string> {
  const socket = createConnection(port, '127.0.0.1');
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('nothing came')));
  socket.setEncoding('utf8');
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  return text.trim();
}

const nic = (more: object = {}) => ({ name: 'eth0', network: { name: 'default' }, ...more });
const MEDIUM = { name: 'cd', device: 'cdrom', bus: 'scsi' };
let port: number;

beforeAll(async () => {
  executor = await startExecutor();
  const { kernel, initrd, commandLine } = await linuxGuest();
  await executor.image('kernel', await readFile(kernel));
  await executor.image('initrd', await readFile(initrd));
  await executor.image('iso', Buffer.from('first medium'.padEnd(4096)));
  await executor.image('iso2', Buffer.from('second medium'.padEnd(4096)));
  port = await freePort();
  const boot = {
    kernel: { image: { name: 'kernel' }, initrd: { name: 'initrd' }, commandLine: `${commandLine} vmctl.net` },
  };
  const spec = smallMachine('unused', {
    memory: { size: `${LINUX_MEMORY_MIB}Mi`, current: `${LINUX_MEMORY_MIB - 16}Mi` },
    machine: { boot },
    balloon: {},
    interfaces: [nic({ forwards: [{ hostPort: port, port: 8080 }] })],
    disks: [
      { ...MEDIUM, image: { name: 'iso' } },
      { name: 'data', blank: { size: '16Mi' }, iotune: { totalIops: 500 } },
    ],
  });
  await executor.create('VirtualMachine', 'live', spec);
  await executor.says('live', 'vmctl-guest ready');
  uid = (await is(() => true)).metadata.uid ?? '';
  qmp = await connectQmp(rescueSocket(join(executor.home, 'machines', uid)));
});

afterAll(async () => {
  qmp?.close();
  await executor?.[Symbol.asyncDispose]();
});

test('a forwarded port reaches the guest; more are added and taken away while it runs', async () => {
  await type(executor, 'live', 'while :; do echo hello $((40+2)) | nc -l -p 8080; done &\n');
  await greeting(port);
  const other = await freePort();
  const machine = await change({ interfaces: [nic({ forwards: [{ hostPort: other, port: 8080 }] })] });
  expect(condition(machine, 'RestartRequired')?.status).toBe('False');
  await is(({ status }) => status?.addresses?.[0] === `127.0.0.1:${other}`);
  await greeting(other);
  await expect(hear(port)).rejects.toThrow('ECONNREFUSED');
  port = other;
});

test('forwards of the network that name the machine are its own too', async () => {
  const hostPort = await freePort();
  const forwards = [{ hostPort, port: 8080, virtualMachine: { name: 'live' } }];
  await executor.kubectl(
    'patch',
    'vmn',
    'default',
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { user: { forwards } } }),
  );
  await is(({ status }) => status?.interfaces?.[0]?.forwards?.includes(`127.0.0.1:${hostPort}->8080/TCP`));
  await greeting(hostPort);
});

test('the cable is pulled and plugged in', async () => {
  /** The guest is told of its cable in its own time. */
  const carries = async (carrier: number) => {
    const file = '/sys/class/net/eth0/carrier';
    await type(
      executor,
      'live',
      `until [ $(cat ${file}) = ${carrier} ]; do sleep 0.1; done; echo carrier $(cat ${file}) end\n`,
    );
    await executor.says('live', `carrier ${carrier} end`);
  };
  const link = async () => qmp.execute('human-monitor-command', { 'command-line': 'info network' });
  expect(await link()).not.toContain('link_down');
  const forwards = [{ hostPort: port, port: 8080 }];
  await change({ interfaces: [nic({ forwards, linkState: 'Down' })] });
  await carries(0);
  await change({ interfaces: [nic({ forwards, linkState: 'Up' })] });
  await carries(1);
});

test('limits of a disk change while it runs, and go', async () => {
  const limits = () => qmp.execute('qom-get', { path: '/objects/throttle-data', property: 'limits' });
  expect(await limits()).toMatchObject({ 'iops-total': 500 });
  const disk = (iotune?: object) => [
    { ...MEDIUM, image: { name: 'iso' } },
    { name: 'data', blank: { size: '16Mi' }, iotune },
  ];
  const machine = await change({ disks: disk({ totalIops: 700, readBytesPerSecond: 1_000_000 }) });
  expect(await limits()).toMatchObject({ 'iops-total': 700, 'bps-read': 1_000_000 });
  expect(condition(machine, 'RestartRequired')?.status).toBe('False');
  await change({ disks: disk() });
  expect(await limits()).toMatchObject({ 'iops-total': 0, 'bps-read': 0 });
});

test('memory is taken from the guest and given back by the balloon, up to what it started with', async () => {
  await executor.kubectl('annotate', 'vm', 'live', 'look=0');
  await is(({ status }) => status?.memory === `${LINUX_MEMORY_MIB - 16}Mi`);
  await change({ memory: { current: `${LINUX_MEMORY_MIB - 8}Mi` } });
  await executor.kubectl('annotate', 'vm', 'live', '--overwrite', 'look=now');
  await is(({ status }) => status?.memory === `${LINUX_MEMORY_MIB - 8}Mi`);
  await change({ memory: { size: `${LINUX_MEMORY_MIB - 24}Mi`, current: null } });
  await executor.kubectl('annotate', 'vm', 'live', '--overwrite', 'look=1');
  await is(({ status }) => status?.memory === `${LINUX_MEMORY_MIB - 24}Mi`);
  const more = await change({ memory: { size: `${LINUX_MEMORY_MIB * 2}Mi` } });
  expect(condition(more, 'RestartRequired')?.message).toContain('spec.memory.size');
  const back = await change({ memory: { size: `${LINUX_MEMORY_MIB}Mi` } });
  expect(condition(back, 'RestartRequired')?.status).toBe('False');
});

test('the medium of a drive is changed, taken out and put in', async () => {
  const data = { name: 'data', blank: { size: '16Mi' } };
  const reads = async (tag: string) => {
    await type(executor, 'live', `echo ${tag} $(head -c 14 /dev/sr0) end\n`);
  };
  await reads('one');
  await executor.says('live', 'one first medium end');
  const machine = await change({ disks: [{ ...MEDIUM, image: { name: 'iso2' } }, data] });
  expect(condition(machine, 'RestartRequired')?.status).toBe('False');
  await reads('two');
  await executor.says('live', 'two second medium end');
  await change({ disks: [MEDIUM, data] });
  const drives = await qmp.execute('query-block');
  expect(drives.find(({ qdev }) => qdev?.includes('disk-cd'))?.inserted).toBeUndefined();
});

test('what cannot change while it runs is named, and done by a restart', async () => {
  const machine = await change({ cpu: { cores: 2 }, rng: [{ name: 'rng' }] });
  expect(condition(machine, 'RestartRequired')).toMatchObject({ status: 'True', reason: 'SpecChanged' });
  expect(condition(machine, 'RestartRequired')?.message).toMatch(/: spec\.cpu\.cores, spec\.rng\[rng\]$/);
  expect(machine.status?.cpus).toBe(1);
  qmp.close();
  await change({ requests: { restart: 'now' }, stop: { method: 'Force' } });
  const after = await is(({ status }) => status?.requests?.restart === 'now' && status.cpus === 2);
  expect(condition(after, 'RestartRequired')?.status).toBe('False');
});
