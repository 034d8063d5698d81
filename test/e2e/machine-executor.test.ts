import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { endChild } from '../fixtures/end.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { condition, smallMachine, startExecutor, type TestExecutor } from './harness.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../executor/main.ts');

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('beat', serialDisk());
});

afterAll(() => executor?.[Symbol.asyncDispose]());

const is = (name: string, holds: (machine: VirtualMachine) => unknown): Promise<VirtualMachine> =>
  executor.eventually('VirtualMachine', name, (machine) => machine && holds(machine));
const power = (name: string, state: string) => is(name, ({ status }) => status?.powerState === state);

test('the first start makes the pool, the network and the node, with a lease', async () => {
  const names = await executor.kubectl('get', 'vmp,vmn', '-o', 'jsonpath={.items[*].metadata.name}');
  expect(names.trim()).toBe('default default');
  const pool = await executor.kubectl('get', 'vmp', 'default', '-o', 'jsonpath={.spec.dir.path}');
  expect(pool).toBe(join(executor.home, 'pool'));
  const [node] = (await executor.kubectl('get', 'nodes', '-o', 'name')).trim().split('\n');
  expect(await executor.kubectl('wait', '--for=condition=Ready', node ?? '', '--timeout=60s')).toContain(
    'condition met',
  );
  const name = node?.replace('node/', '');
  expect(await executor.kubectl('get', 'lease', '-n', 'kube-node-lease', name ?? '', '-o', 'name')).toContain(
    `${name}`,
  );
});

test('two executors never share a home', async () => {
  const second = run(process.execPath, [MAIN, '--standalone', '--home', executor.home]);
  await expect(second).rejects.toThrow(`vm-executor: another vm-executor uses ${executor.home}`);
});

test('SIGTERM ends the executor in order and leaves the guests alone', async () => {
  await executor.create('VirtualMachine', 'stays', smallMachine('beat'));
  const { status } = await power('stays', 'Running');
  await executor.stop('SIGTERM');
  expect(existsSync(join(executor.home, 'executor.pid'))).toBe(false);
  expect(existsSync(join(executor.home, 'endpoint.json'))).toBe(false);
  process.kill(status?.pid ?? 0, 0);
  await executor.start();
  expect((await power('stays', 'Running')).status?.pid).toBe(status?.pid);
});

test('machines that should run start again after the host did, whatever their restart policy', async () => {
  await executor.create('VirtualMachine', 'reboot', smallMachine('beat', { restartPolicy: 'Never' }));
  const before = await power('reboot', 'Running');
  await executor.stop('SIGKILL');
  // What a reboot leaves: no process, and records of another boot.
  process.kill(before.status?.pid ?? 0, 'SIGKILL');
  const beside = join(executor.home, 'machines', `${before.metadata.uid}.machine.json`);
  const { bootId } = JSON.parse(readFileSync(beside, 'utf8')).launched as { bootId: string };
  for (const file of [beside, beside.replace('machine.json', 'qemu.json')]) {
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(bootId, '00000000-0000-0000-0000-000000000000'));
  }
  await executor.start();
  const after = await is(
    'reboot',
    ({ status }) => status?.powerState === 'Running' && status.pid !== before.status?.pid,
  );
  expect(after.status?.lastStop?.reason).toBe('HostRestarted');
  expect(after.status?.restarts).toBe(0);
});

test('qemu runs confined: its own user and control group where the host permits, sockets in a 0700 folder', async () => {
  await executor.create('VirtualMachine', 'confined', smallMachine('beat'));
  const machine = await power('confined', 'Running');
  const pid = machine.status?.pid ?? 0;
  const said = condition(machine, 'Confined');
  const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const grouped = readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(machine.metadata.uid ?? '');
  expect(said?.status).toBe(uid !== '0' && process.getuid?.() === 0 && grouped ? 'True' : 'False');
  const { stdout } = await run('stat', ['-c', '%a', join(executor.home, 'machines', machine.metadata.uid ?? '')]);
  expect(stdout.trim()).toBe('700');
  expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Seccomp:\s+2$/m);
});

test('status tells the accelerator that was proved by a guest, and it is the one that qemu runs with', async () => {
  await executor.create('VirtualMachine', 'quick', smallMachine('beat'));
  const { status } = await power('quick', 'Running');
  const argv = readFileSync(`/proc/${status?.pid}/cmdline`, 'utf8').split('\0');
  expect(argv[argv.indexOf('-accel') + 1]).toMatch(new RegExp(`^${status?.acceleration}`));
  const machine = await is('quick', (it) => condition(it, 'Accelerated'));
  const accelerated = condition(machine, 'Accelerated');
  expect(accelerated?.status).toBe(status?.acceleration === 'kvm' ? 'True' : 'False');
  // Without acceleration, the sentence says why.
  expect(accelerated?.message).toMatch(status?.acceleration === 'kvm' ? /KVM/ : /TCG/);
  await executor.remove('VirtualMachine', 'quick');
});

test('an executor with a kubeconfig runs what is bound to its node, over TLS, and nothing else', async () => {
  await executor.kubectl('create', 'namespace', 'vmctl-system');
  const second = join(executor.home, 'second');
  const argv = [MAIN, '--kubeconfig', join(executor.home, 'api/kubeconfig'), '--home', second, '--node-name', 'second'];
  const child = spawn(process.execPath, argv, { stdio: 'ignore' });
  const pool = { dir: { path: join(second, 'pool') }, nodeNames: ['second'] };
  await executor.create('VirtualMachineStoragePool', 'second', pool);
  try {
    await executor.create('VirtualMachine', 'there', smallMachine('beat', { nodeName: 'second', disks: [] }));
    const machine = await is('there', ({ status }) => status?.powerState === 'Running' && status.nodeName === 'second');
    expect(existsSync(join(second, 'machines', machine.metadata.uid ?? ''))).toBe(true);
    expect((await power('stays', 'Running')).status?.nodeName).not.toBe('second');
    await executor.patch('VirtualMachine', 'there', { spec: { stop: { method: 'Force' } } });
    await executor.kubectl('delete', 'vm', 'there', '--wait');
  } finally {
    await endChild(child);
  }
});

test('--doctor tells what it finds as JSON, --version and --help in words, and nonsense in one line', async () => {
  const { stdout } = await run(process.execPath, [MAIN, '--doctor', '--home', executor.home]);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; message: string }[] };
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['qemu', 'qemu-img', 'acceleration', 'cgroups', 'user']),
  );
  expect(checks.find(({ name }) => name === 'qemu')).toMatchObject({ status: 'ok' });
  expect((await run(process.execPath, [MAIN, '--version'])).stdout).toMatch(/^vm-executor \d+\.\d+\.\d+\n$/);
  expect((await run(process.execPath, [MAIN, '--help'])).stdout).toContain('--standalone');
  const wrong = run(process.execPath, [MAIN, '--nonsense']);
  await expect(wrong).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^vm-executor: Unknown option '--nonsense'.*\n$/),
  });
});
