import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { terminateQemu } from '../../executor/qemu/process/index.ts';
import { createMonitor, QmpClosedError, type QmpEvent } from '../../executor/qmp/index.ts';
import { delayAfter } from '../../executor/qmp/monitor.ts';
import { startMachine, temporaryFolder } from '../fixtures/guests/machine.ts';

describe('a monitor', () => {
  it('waits for a machine that is not there yet, and passes its events on', async () => {
    const runDir = await temporaryFolder();
    const events: QmpEvent['name'][] = [];
    const monitor = createMonitor({ path: join(runDir, 'qmp.sock'), onEvent: ({ name }) => events.push(name) });
    const connected = monitor.connected(60_000);
    await using _machine = await startMachine({ runDir });
    const qmp = await connected;
    expect(monitor.current).toBe(qmp);
    await qmp.execute('stop');
    await qmp.execute('cont');
    expect(events).toEqual(['STOP', 'RESUME']);
    monitor.close();
    await rm(runDir, { recursive: true });
  });

  it('connects again after qemu was replaced, and says so both times', async () => {
    const runDir = await temporaryFolder();
    const said: string[] = [];
    const monitor = createMonitor({
      path: join(runDir, 'qmp.sock'),
      onConnected: () => said.push('connected'),
      onClosed: () => said.push('closed'),
    });
    await using first = await startMachine({ runDir });
    const before = await monitor.connected(60_000);
    await terminateQemu(first.qemu, { graceMs: 0 });
    await before.closed;
    await vi.waitFor(() => expect(said).toEqual(['connected', 'closed']), { timeout: 30_000 });
    await using second = await startMachine({ runDir });
    const after = await monitor.connected(60_000);
    expect(await after.execute('query-uuid')).toEqual({ UUID: second.uuid });
    expect(said).toEqual(['connected', 'closed', 'connected']);
    monitor.close();
    await rm(runDir, { recursive: true });
  });

  it('frees the socket when it is closed, and stays closed', async () => {
    await using machine = await startMachine();
    const onClosed = vi.fn();
    const monitor = createMonitor({ path: machine.monitor, onClosed });
    await monitor.connected(60_000);
    monitor.close();
    const other = await machine.connect();
    expect(await other.execute('query-status')).toMatchObject({ running: true });
    await expect(monitor.connected(60_000)).rejects.toThrow(QmpClosedError);
    expect(onClosed).not.toHaveBeenCalled();
  });

  it('tries fast for the second in which a machine starts, and in the end every 30 s', () => {
    const delays = Array.from({ length: 400 }, (_, attempts) => delayAfter(attempts));
    expect(delays.slice(0, 250)).toEqual(Array<number>(250).fill(4));
    expect(delays.every((delay, index) => index === 0 || delay >= (delays[index - 1] ?? 0))).toBe(true);
    expect(delayAfter(300)).toBe(30_000);
    expect(delayAfter(1e6)).toBe(30_000);
  });

  it('says after the limit what the last attempt met', async () => {
    const monitor = createMonitor({ path: '/nonexistent/qmp.sock' });
    const error = await monitor.connected(50).catch((reason: unknown) => reason);
    monitor.close();
    expect(error).toMatchObject({ message: 'no QMP connection to /nonexistent/qmp.sock within 50 ms' });
    expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('ENOENT') });
  });
});
