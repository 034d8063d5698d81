import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findHelper } from '../../executor/host/helper-programs.ts';
import { endChild } from '../fixtures/end.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';
import { until } from './until.ts';

/** Displays are numbered from this port on. */
const VNC = 5900;

let executor: TestExecutor;
let disk = '';

const hasSwtpm = (await findHelper('swtpm')) !== undefined;
if (!hasSwtpm) console.log('skipped: swtpm is not installed');

beforeAll(async () => {
  executor = await startExecutor();
  disk = join(executor.importFolder, 'beat.img');
  await writeFile(disk, serialDisk());
  // Whoever qemu runs as must be able to open what is used where it is.
  await chmod(disk, 0o666);
  await chmod(executor.importFolder, 0o711);
});

afterAll(() => executor?.[Symbol.asyncDispose]());

/** Programs of one machine: its uid is in the paths that they are given. */
const running = (program: string, uid: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words[0]?.endsWith(program) === true && words.some((word) => word.includes(uid));
      } catch {
        return false;
      }
    })
    .map(Number);

const inPlace = (path: string): object => ({
  name: 'vda',
  bus: 'ide',
  source: { file: { path }, format: 'raw' },
});

const ends = (program: string, uid: string): Promise<void> =>
  until(async () => running(program, uid).length === 0, { limitMs: 60_000, what: () => `${program} to end` });

test.skipIf(!hasSwtpm)(
  'a TPM is emulated beside qemu, ends with it, and keeps what it knows until the machine goes',
  async () => {
    await executor.create(
      'VirtualMachine',
      'lab',
      smallMachine('beat', { disks: [inPlace(disk)], tpm: { model: 'tis' } }),
    );
    await executor.says('lab', 'T 00000001');
    const { metadata } = await executor.eventually('VirtualMachine', 'lab', (machine) => machine?.status?.pid);
    const uid = metadata.uid ?? '';
    const state = join(executor.home, 'tpm', uid);
    expect(running('swtpm', uid)).toHaveLength(1);
    await executor.patch('VirtualMachine', 'lab', { spec: { powerState: 'Stopped', stop: { method: 'Force' } } });
    await executor.eventually('VirtualMachine', 'lab', (machine) => machine?.status?.powerState === 'Stopped');
    await ends('swtpm', uid);
    expect(await readdir(state)).toContain('tpm2-00.permall');
    await executor.patch('VirtualMachine', 'lab', { spec: { powerState: 'Running' } });
    await executor.eventually('VirtualMachine', 'lab', (machine) => machine?.status?.powerState === 'Running');
    expect(running('swtpm', uid)).toHaveLength(1);
    await executor.kubectl('delete', 'vm', 'lab', '--wait');
    await ends('swtpm', uid);
    expect(existsSync(state)).toBe(false);
    expect(existsSync(disk)).toBe(true);
  },
);

/** Asks a TPM for the banks that it has: TPM2_Startup, then TPM2_GetCapability of TPM_CAP_PCRS. Source: TCG, TPM 2.0 Part 3 */
const STARTUP = Buffer.from('80010000000c000001440000', 'hex');
const PCRS = Buffer.from('8001000000160000017a000000050000000000000040', 'hex');
const SHA = new Map([
  [0x0004, 'sha1'],
  [0x000b, 'sha256'],
  [0x000c, 'sha384'],
  [0x000d, 'sha512'],
]);

/** A server makes its socket before it listens on it. */
async function connected(path: string): Promise<Socket> {
  let socket = new Socket();
  const tried = async (): Promise<boolean> => {
    socket = connect(path);
    return once(socket, 'connect').then(
      () => true,
      () => false,
    );
  };
  await until(tried, { limitMs: 60_000, what: () => `a server at ${path}` });
  return socket;
}

/** Of a copy: the state belongs to the user that swtpm runs as. */
async function banksOf(original: string): Promise<string[]> {
  const state = await mkdtemp(join(tmpdir(), 'vmctl-tpm-'));
  await copyFile(join(original, 'tpm2-00.permall'), join(state, 'tpm2-00.permall'));
  const path = join(state, 'test.sock');
  const words = ['socket', '--tpm2', '--tpmstate', `dir=${state}`, '--server', `type=unixio,path=${path}`];
  const swtpm = spawn('swtpm', [...words, '--flags', 'not-need-init'], { stdio: 'ignore' });
  const socket = await connected(path);
  const answer = async (command: Buffer): Promise<Buffer> => {
    socket.write(command);
    return ((await once(socket, 'data')) as [Buffer])[0];
  };
  await answer(STARTUP);
  const said = await answer(PCRS);
  socket.destroy();
  await endChild(swtpm);
  await rm(state, { recursive: true });
  const banks = said.readUInt32BE(15);
  // Each: its hash, the length of its selection, the selection.
  return Array.from({ length: banks }, (_, at) => 19 + at * 6)
    .filter((at) => said.subarray(at + 3, at + 6).some((byte) => byte !== 0))
    .map((at) => SHA.get(said.readUInt16BE(at)) ?? 'another');
}

const hasSetup = hasSwtpm && (await findHelper('swtpm_setup')) !== undefined;
if (!hasSetup) console.log('skipped: swtpm_setup is not installed');

test.skipIf(!hasSetup)('a TPM has the banks of PCRs that are asked for, also once it remembers something', async () => {
  const tpm = { model: 'tis', persistent: true, activePcrBanks: ['sha384'] };
  await executor.create('VirtualMachine', 'banks', smallMachine('beat', { disks: [inPlace(disk)], tpm }));
  const { metadata } = await executor.eventually('VirtualMachine', 'banks', (machine) => machine?.status?.pid);
  const state = join(executor.home, 'tpm', metadata.uid ?? '');
  const stop = async () => {
    await executor.patch('VirtualMachine', 'banks', { spec: { powerState: 'Stopped', stop: { method: 'Force' } } });
    await executor.eventually('VirtualMachine', 'banks', (machine) => machine?.status?.powerState === 'Stopped');
    await ends('swtpm', metadata.uid ?? '');
  };
  await stop();
  expect(await banksOf(state)).toEqual(['sha384']);
  const both = { spec: { powerState: 'Running', tpm: { ...tpm, activePcrBanks: ['sha256', 'sha512'] } } };
  await executor.patch('VirtualMachine', 'banks', both);
  await executor.eventually('VirtualMachine', 'banks', (machine) => machine?.status?.powerState === 'Running');
  await stop();
  expect(await banksOf(state)).toEqual(['sha256', 'sha512']);
  await executor.kubectl('delete', 'vm', 'banks', '--wait');
});

/** The first bytes that a server says. */
async function greeting(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return first.toString('latin1');
}

test('a machine of libvirt’s is started as libvirt starts it, and is reached as our own are', async () => {
  await executor.create(
    'VirtualMachine',
    'moved',
    smallMachine('beat', {
      disks: [{ ...inPlace(disk), iotune: { totalIops: 1000 } }],
      serials: [{ name: 'serial0', type: 'isa', backend: { pty: {} } }],
      graphics: [{ name: 'display0', vnc: { autoPort: true } }],
    }),
  );
  await executor.says('moved', 'T 00000001');
  const { status } = await executor.eventually('VirtualMachine', 'moved', (machine) => machine?.status?.pid);
  const words = readFileSync(`/proc/${status?.pid}/cmdline`, 'utf8').split('\0');
  expect(words).toContain('pty,id=serial0');
  expect(words.some((word) => word.includes('throttle'))).toBe(false);
  const display = words[words.indexOf('-vnc') + 1] ?? '';
  expect(display).toMatch(/^127\.0\.0\.1:[0-9]+$/);
  expect(await greeting(VNC + Number(display.split(':')[1]))).toMatch(/^RFB 003/);
  await executor.kubectl('delete', 'vm', 'moved', '--wait');
});
