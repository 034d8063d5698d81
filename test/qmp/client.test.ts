import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProcess } from '../../executor/host/proc.ts';
import {
  connectQmp,
  type Qmp,
  QmpClosedError,
  QmpError,
  QmpTimeoutError,
  querySchema,
} from '../../executor/qmp/index.ts';
import { startMachine, type TestMachine } from '../fixtures/guests/machine.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';

describe('a QMP client on a real qemu', () => {
  let machine: TestMachine;
  let qmp: Qmp;

  beforeAll(async () => {
    machine = await startMachine({ disk: serialDisk(), paused: true });
    qmp = await machine.connect();
  });
  afterAll(() => machine[Symbol.asyncDispose]());

  it('negotiates capabilities and reads the version', () => {
    expect(qmp.version.qemu.major).toBeGreaterThanOrEqual(7);
    expect(qmp.outOfBand).toBe(true);
  });

  it('answers many commands at once, each to its caller', async () => {
    const [status, uuid, commands] = await Promise.all([
      qmp.execute('query-status'),
      qmp.execute('query-uuid'),
      qmp.execute('query-commands'),
    ]);
    expect(status.status).toBe('prelaunch');
    expect(uuid.UUID).toBe(machine.uuid);
    expect(commands.map(({ name }) => name)).toContain('snapshot-save');
  });

  it('tells what qemu refused, by class, words and command', async () => {
    const error = await qmp.execute('device_del', { id: 'nobody' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(QmpError);
    expect(error).toMatchObject({ class: 'DeviceNotFound', command: 'device_del', desc: "Device 'nobody' not found" });
    expect((error as Error).message).toBe("qemu refused device_del: Device 'nobody' not found");
  });

  it('passes text through that is not ASCII', async () => {
    await expect(qmp.execute('device_del', { id: 'gerät-☃' })).rejects.toThrow('gerät-☃');
  });

  it('gives events with data and time, and stops when told to', async () => {
    const seen: string[] = [];
    const stop = qmp.onAny((event) => seen.push(event.name));
    const resumed = new Promise<number>((resolve) => {
      qmp.on('RESUME', (_, at) => resolve(at));
    });
    await qmp.execute('cont');
    expect(Math.abs((await resumed) - Date.now())).toBeLessThan(60_000);
    await machine.until('vmctl-guest ready');
    stop();
    await qmp.execute('stop');
    expect(seen).toEqual(['RESUME']);
  });

  it('knows what this binary can do', async () => {
    const schema = await querySchema(qmp);
    expect(await querySchema(qmp)).toBe(schema);
    expect(schema.hasCommand('snapshot-save')).toBe(true);
    expect(schema.hasCommand('block-commit/base-node')).toBe(true);
    expect(schema.hasCommand('block-commit/nonsense')).toBe(false);
    expect(schema.hasCommand('nonsense')).toBe(false);
    expect(schema.hasEvent('DEVICE_DELETED')).toBe(true);
  });

  it('greets no second client, and says why', async () => {
    const second = connectQmp(machine.monitor, { timeoutMs: 100 });
    await expect(second).rejects.toThrow(QmpTimeoutError);
    await expect(second).rejects.toThrow('another client holds the socket');
  });

  it('gives up a second connection when its signal is aborted', async () => {
    await expect(connectQmp(machine.monitor, { signal: AbortSignal.abort(new Error('no more')) })).rejects.toThrow(
      'no more',
    );
  });
});

describe('the end of a connection', () => {
  it('rejects every call that waits, and those that follow, with the reason', async () => {
    await using machine = await startMachine();
    const qmp = await machine.connect();
    process.kill(machine.qemu.pid, 'SIGSTOP');
    const waiting = [qmp.execute('query-status'), qmp.execute('query-block')];
    process.kill(machine.qemu.pid, 'SIGKILL');
    const results = await Promise.allSettled(waiting);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(await qmp.closed).toBeInstanceOf(QmpClosedError);
    await expect(qmp.execute('query-status')).rejects.toThrow(QmpClosedError);
  });

  it('times a call out while qemu hangs, and hands its late answer to nobody', async () => {
    await using machine = await startMachine();
    const qmp = await machine.connect();
    process.kill(machine.qemu.pid, 'SIGSTOP');
    await expect.poll(() => readProcess(machine.qemu.pid)?.state).toBe('T');
    const late = qmp.execute('query-uuid', undefined, { timeoutMs: 50 });
    await expect(late).rejects.toThrow(`qemu did not answer query-uuid on ${machine.monitor} within 50 ms`);
    process.kill(machine.qemu.pid, 'SIGCONT');
    expect(await qmp.execute('query-status')).toMatchObject({ running: true });
  });

  it('says when nothing listens', async () => {
    await expect(connectQmp('/nonexistent/qmp.sock')).rejects.toThrow(QmpClosedError);
    await expect(connectQmp('/nonexistent/qmp.sock')).rejects.toThrow('ENOENT');
  });

  it('frees the socket for the next client', async () => {
    await using machine = await startMachine();
    const first = await machine.connect();
    first.close();
    await expect(first.execute('query-status')).rejects.toThrow('closed by us');
    const second = await machine.connect();
    expect(await second.execute('query-status')).toMatchObject({ running: true });
  });
});
