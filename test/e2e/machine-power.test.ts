import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { LINUX_MEMORY_MIB, linuxGuest } from '../fixtures/guests/linux.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { condition, smallMachine, startExecutor, type TestExecutor, type } from './harness.ts';

let executor: TestExecutor;
let linuxBoot: { kernel: { commandLine: string } };

beforeAll(async () => {
  executor = await startExecutor();
  const { kernel, initrd, commandLine } = await linuxGuest();
  await executor.image('beat', serialDisk());
  await executor.image('kernel', await readFile(kernel));
  await executor.image('initrd', await readFile(initrd));
  const boot = { image: { name: 'kernel' }, initrd: { name: 'initrd' }, commandLine };
  linuxBoot = { kernel: boot };
});

afterAll(() => executor?.[Symbol.asyncDispose]());

const linux = (more: object = {}): object =>
  smallMachine('beat', {
    memory: { size: `${LINUX_MEMORY_MIB}Mi` },
    machine: { boot: linuxBoot },
    disks: [],
    panic: { model: 'pci' },
    stop: { method: 'Guest', timeoutSeconds: 150 },
    ...more,
  });

const is = (name: string, holds: (status: NonNullable<VirtualMachine['status']>) => unknown): Promise<VirtualMachine> =>
  executor.eventually('VirtualMachine', name, (machine) => machine?.status && holds(machine.status));
const power = (name: string, state: string) => is(name, (status) => status.powerState === state);
const wanted = (name: string, spec: object) => executor.patch('VirtualMachine', name, { spec });
async function end(name: string): Promise<void> {
  await wanted(name, { stop: { method: 'Force' } });
  await executor.kubectl('delete', 'vm', name, '--wait');
}

test('a machine goes from creation to a guest that speaks, and leaves nothing behind', async () => {
  await executor.create('VirtualMachine', 'life', smallMachine('beat'));
  await executor.says('life', 'T 00000003');
  const machine = await power('life', 'Running');
  expect(machine.status).toMatchObject({ acceleration: 'tcg', cpus: 1, memory: '32Mi', machineType: 'pc-i440fx-7.2' });
  expect(condition(machine, 'Accelerated')).toMatchObject({ status: 'False', reason: 'Emulated' });
  await executor.kubectl('wait', '--for=condition=Ready', 'vm/life', '--timeout=60s');
  await end('life');
  await executor.eventually('VirtualMachineDisk', 'life-root', (disk) => disk === undefined);
  expect(() => process.kill(machine.status?.pid ?? 0, 0)).toThrow('ESRCH');
});

test('Paused holds the guest, Running lets it go on where it was, Stopped ends it', async () => {
  await executor.create('VirtualMachine', 'states', smallMachine('beat', { powerState: 'Paused' }));
  await power('states', 'Paused');
  expect(await executor.serial('states')).toBe('');
  await wanted('states', { powerState: 'Running' });
  await executor.says('states', 'T 00000002');
  await wanted('states', { powerState: 'Paused' });
  const { status } = await power('states', 'Paused');
  const said = await executor.serial('states');
  await wanted('states', { powerState: 'Running' });
  const beats = [...said.matchAll(/T \d{8}/g)].length;
  const after = await executor.says('states', `T ${String(beats + 3).padStart(8, '0')}`);
  expect(after.startsWith(said)).toBe(true);
  expect((await power('states', 'Running')).status?.pid).toBe(status?.pid);
  await wanted('states', { powerState: 'Stopped' });
  expect((await power('states', 'Stopped')).status?.lastStop?.reason).toBe('Requested');
  await wanted('states', { powerState: 'Running' });
  expect((await power('states', 'Running')).status?.pid).not.toBe(status?.pid);
  await end('states');
});

test('a guest is asked to shut down by ACPI, and does', async () => {
  await executor.create('VirtualMachine', 'polite', linux());
  await executor.says('polite', 'vmctl-guest ready');
  await wanted('polite', { powerState: 'Stopped' });
  const { status } = await power('polite', 'Stopped');
  expect(status?.lastStop).toMatchObject({ reason: 'Requested' });
  expect(status?.lastStop?.message).toBeUndefined();
  expect(await executor.serial('polite')).toMatch(/[Pp]ower down/);
  await end('polite');
});

test('a guest that does not listen is forced once its time is over; an executor restart gives it no more', async () => {
  await executor.create('VirtualMachine', 'deaf', smallMachine('beat', { stop: { timeoutSeconds: 4 } }));
  await executor.says('deaf', 'T 00000002');
  const begin = performance.now();
  // It is a state of a few seconds, so that it is looked for before it comes.
  await Promise.all([power('deaf', 'Stopping'), wanted('deaf', { powerState: 'Stopped' })]);
  await executor.stop('SIGKILL');
  await executor.start();
  const { status } = await power('deaf', 'Stopped');
  const seconds = (performance.now() - begin) / 1000;
  expect(status?.lastStop?.message).toBe('the guest did not shut down in time and was forced');
  expect(seconds).toBeGreaterThan(3.9);
  await end('deaf');
});

test('a new restart token restarts once, an old one never again', async () => {
  await executor.create('VirtualMachine', 'again', smallMachine('beat'));
  const before = await power('again', 'Running');
  await wanted('again', { requests: { restart: 'one' } });
  const after = await is('again', (status) => status.requests?.restart === 'one' && status.powerState === 'Running');
  expect(after.status?.pid).not.toBe(before.status?.pid);
  await wanted('again', { restartPolicy: 'Always' });
  const later = await is('again', (status) => status.observedGeneration === (after.metadata.generation ?? 0) + 1);
  expect(later.status?.pid).toBe(after.status?.pid);
  expect(later.status?.restarts).toBe(0);
  await end('again');
});

test('a restart is carried out once though the executor is killed in the middle of it', async () => {
  await executor.create('VirtualMachine', 'twice', smallMachine('beat', { stop: { timeoutSeconds: 3 } }));
  await executor.says('twice', 'T 00000002');
  const before = await power('twice', 'Running');
  await Promise.all([power('twice', 'Stopping'), wanted('twice', { requests: { restart: 'one' } })]);
  await executor.stop('SIGKILL');
  await executor.start();
  const after = await is('twice', (status) => status.requests?.restart === 'one' && status.powerState === 'Running');
  expect(after.status?.pid).not.toBe(before.status?.pid);
  expect((await executor.says('twice', /ready[\s\S]*ready/)).match(/vmctl-guest ready/g)).toHaveLength(2);
  await end('twice');
});

test('a reset token resets once, in the same qemu, also while paused', async () => {
  await executor.create('VirtualMachine', 'button', smallMachine('beat'));
  await executor.says('button', 'T 00000003');
  const { status } = await power('button', 'Running');
  await wanted('button', { requests: { reset: 'one' } });
  await is('button', ({ requests, powerState }) => requests?.reset === 'one' && powerState === 'Running');
  const said = await executor.says('button', /T 00000003[\s\S]*vmctl-guest ready\s+T 00000001/);
  expect(said.match(/vmctl-guest ready/g)).toHaveLength(2);
  await wanted('button', { powerState: 'Paused' });
  await power('button', 'Paused');
  await wanted('button', { requests: { reset: 'two' } });
  await is('button', ({ requests, powerState }) => requests?.reset === 'two' && powerState === 'Paused');
  await wanted('button', { powerState: 'Running' });
  await executor.says('button', /(ready[\s\S]*){3}/);
  expect((await power('button', 'Running')).status?.pid).toBe(status?.pid);
  await executor.happened('button', 'Reset', 2);
  expect((await executor.events('button')).filter((reason) => reason === 'Reset')).toHaveLength(2);
  await end('button');
});

test.each(['restart', 'reset'] as const)(
  'a %s is carried out exactly once wherever the executor is killed',
  async (request) => {
    const name = `once-${request}`;
    await executor.create('VirtualMachine', name, smallMachine('beat'));
    await executor.says(name, 'T 00000001');
    const starts = async () => (await executor.serial(name)).match(/vmctl-guest ready/g)?.length;
    for (const [round, delayMs] of [0, 2, 5, 10, 20, 40].entries()) {
      const token = `round-${round}`;
      await wanted(name, { requests: { [request]: token } });
      await sleep(delayMs);
      await executor.stop('SIGKILL');
      await executor.start();
      await is(name, ({ requests, powerState }) => requests?.[request] === token && powerState === 'Running');
      await executor.says(name, new RegExp(`(ready[\\s\\S]*){${round + 2}}T 00000002`));
      expect(await starts()).toBe(round + 2);
    }
    expect((await is(name, () => true)).status?.restarts).toBe(0);
    await end(name);
  },
);

test('a guest that powers off stays off after OnFailure, and a restart token starts it', async () => {
  await executor.create('VirtualMachine', 'done', linux());
  await executor.says('done', 'vmctl-guest ready');
  await type(executor, 'done', 'poweroff -f\n');
  const { status } = await is('done', ({ powerState, lastStop }) => powerState === 'Stopped' && lastStop);
  expect(status?.lastStop?.reason).toBe('GuestShutdown');
  expect(condition({ status } as VirtualMachine, 'Ready')).toMatchObject({ status: 'False', reason: 'GuestShutdown' });
  await wanted('done', { requests: { restart: 'again' } });
  await power('done', 'Running');
  await end('done');
});

test('a guest that powers off comes back after Always; one that resets itself goes on in its qemu', async () => {
  await executor.create('VirtualMachine', 'always', linux({ restartPolicy: 'Always' }));
  await executor.says('always', 'vmctl-guest ready');
  const { status } = await power('always', 'Running');
  await type(executor, 'always', 'reboot -f\n');
  await executor.says('always', /ready[\s\S]*ready/);
  expect((await power('always', 'Running')).status).toMatchObject({ pid: status?.pid, restarts: 0 });
  await type(executor, 'always', 'poweroff -f\n');
  const after = await is('always', ({ restarts, powerState }) => restarts === 1 && powerState === 'Running');
  expect(after.status?.lastStop?.reason).toBe('GuestShutdown');
  expect(after.status?.pid).not.toBe(status?.pid);
  await end('always');
});

test('a guest that panics is told from one that powers off, and backs off', async () => {
  await executor.create('VirtualMachine', 'panics', linux({ restartPolicy: 'Never' }));
  await executor.says('panics', 'vmctl-guest ready');
  await type(executor, 'panics', 'echo c >/proc/sysrq-trigger\n');
  const { status } = await is('panics', ({ lastStop }) => lastStop);
  expect(status).toMatchObject({ powerState: 'Crashed', lastStop: { reason: 'GuestPanic' } });
  await executor.happened('panics', 'GuestPanicked');
  await end('panics');
});

test('kill -9 of qemu: it crashed, an event says so, and it is started again', async () => {
  await executor.create('VirtualMachine', 'killed', smallMachine('beat'));
  const { status } = await power('killed', 'Running');
  process.kill(status?.pid ?? 0, 'SIGKILL');
  const after = await is('killed', ({ restarts, powerState }) => restarts === 1 && powerState === 'Running');
  expect(after.status?.lastStop).toMatchObject({
    reason: 'QemuExited',
    message: expect.stringContaining('qemu ended'),
  });
  await executor.happened('killed', 'Crashed');
  process.kill(after.status?.pid ?? 0, 'SIGKILL');
  await is('killed', ({ restarts, powerState }) => restarts === 2 && powerState === 'Running');
  await end('killed');
});

test('a qemu that is stopped by a signal is Unknown, never ended and never replaced', async () => {
  await executor.create('VirtualMachine', 'frozen', smallMachine('beat'));
  await executor.says('frozen', 'T 00000002');
  const { status } = await power('frozen', 'Running');
  const pid = status?.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  await executor.kubectl('label', 'vm', 'frozen', 'look=again', '--overwrite');
  await wanted('frozen', { requests: { restart: 'one' } });
  const unknown = await power('frozen', 'Unknown');
  expect(condition(unknown, 'Ready')?.message).toContain(`kill -CONT ${pid}`);
  process.kill(pid, 'SIGCONT');
  await executor.kubectl('label', 'vm', 'frozen', 'look=once-more', '--overwrite');
  const after = await is(
    'frozen',
    ({ requests, powerState }) => requests?.restart === 'one' && powerState === 'Running',
  );
  expect(after.status?.pid).not.toBe(pid);
  await end('frozen');
});

test('machines are adopted by the executor that comes after one that was killed, and the guest notices nothing', async () => {
  await executor.create('VirtualMachine', 'adopted', smallMachine('beat'));
  await executor.says('adopted', 'T 00000002');
  const before = await power('adopted', 'Running');
  // It is told of in the executor's own time, which ends here.
  await executor.happened('adopted', 'Started');
  await executor.stop('SIGKILL');
  const killed = await executor.serialOf(before);
  await executor.start();
  await wanted('adopted', { powerState: 'Paused' });
  const after = await power('adopted', 'Paused');
  expect(after.status?.pid).toBe(before.status?.pid);
  expect(after.status?.startedAt).toBe(before.status?.startedAt);
  const said = await executor.serial('adopted');
  expect(said.startsWith(killed)).toBe(true);
  const beats = [...said.matchAll(/T (\d{8})\r?\n/g)].map(([, count]) => Number(count));
  expect(beats).toEqual(beats.map((_, index) => index + 1));
  expect((await executor.events('adopted')).filter((reason) => reason === 'Started')).toHaveLength(1);
  await end('adopted');
});
