import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Qmp, QmpError, QmpJobError, runJob } from '../../executor/qmp/index.ts';
import { startMachine, type TestMachine, temporaryFolder } from '../fixtures/guests/machine.ts';
import { writerDisk } from '../fixtures/guests/writer.ts';

const run = promisify(execFile);

describe('jobs of a real qemu', () => {
  let folder: string;
  let machine: TestMachine;
  let qmp: Qmp;
  const save = (id: string, tag: string, devices = ['disk']) =>
    qmp.execute('snapshot-save', { 'job-id': id, tag, vmstate: 'disk', devices });

  beforeAll(async () => {
    folder = await temporaryFolder();
    const diskPath = join(folder, 'disk.qcow2');
    await writeFile(join(folder, 'disk.raw'), writerDisk());
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', join(folder, 'disk.raw'), diskPath]);
    machine = await startMachine({ diskPath, format: 'qcow2' });
    qmp = await machine.connect();
    await machine.until('W 00000003');
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('runs one to its end and leaves nothing of it', async () => {
    await runJob(qmp, 'save-1', () => save('save-1', 'one'));
    expect(await qmp.execute('query-jobs')).toEqual([]);
    const [block] = await qmp.execute('query-block');
    expect(block?.inserted?.image.snapshots?.map(({ name }) => name)).toEqual(['one']);
    expect(block?.inserted?.image.snapshots?.[0]?.['vm-state-size']).toBeGreaterThan(0);
  });

  it('brings the guest back to the moment of a snapshot', async () => {
    await runJob(qmp, 'save-2', () => save('save-2', 'two'));
    const saved = Number((await machine.until(/W (\d{8})\n$/))[1]);
    const later = String(saved + 20).padStart(8, '0');
    await machine.until(`W ${later}`);
    await runJob(qmp, 'load-2', () =>
      qmp.execute('snapshot-load', { 'job-id': 'load-2', tag: 'two', vmstate: 'disk', devices: ['disk'] }),
    );
    await machine.until(new RegExp(`W ${later}\\n[^]*W ${later}\\n`));
  });

  it("tells a failed job's own reason, and leaves nothing of it", async () => {
    const twice = runJob(qmp, 'save-3', () => save('save-3', 'one'));
    await expect(twice).rejects.toThrow(QmpJobError);
    await expect(twice).rejects.toThrow(
      "qemu's job save-3 failed: Snapshot 'one' already exists in one or more devices",
    );
    expect(await qmp.execute('query-jobs')).toEqual([]);
  });

  it('passes on that the start was refused', async () => {
    const start = () =>
      qmp.execute('blockdev-mirror', { 'job-id': 'm', device: 'nobody', target: 'none', sync: 'full' });
    await expect(runJob(qmp, 'm', start)).rejects.toThrow(QmpError);
  });

  it('takes up a job that an earlier connection started, ended or not', async () => {
    const concluded = new Promise<void>((resolve) => {
      qmp.on('JOB_STATUS_CHANGE', ({ id, status }) => id === 'save-4' && status === 'concluded' && resolve());
    });
    await save('save-4', 'four');
    await concluded;
    qmp.close();
    qmp = await machine.connect();
    await runJob(qmp, 'save-4', () => Promise.reject(new Error('started a second time')));
    const [block] = await qmp.execute('query-block');
    expect(block?.inserted?.image.snapshots?.map(({ name }) => name)).toContain('four');
  });

  it('finalizes and completes a mirror that waits for both', async () => {
    await writeFile(join(folder, 'copy.raw'), Buffer.alloc(2 * 1024 * 1024));
    const file = { driver: 'file', filename: join(folder, 'copy.raw') };
    await qmp.execute('blockdev-add', { driver: 'raw', 'node-name': 'copy', file });
    const kept = { 'auto-finalize': false, 'auto-dismiss': false } as const;
    const ready: string[] = [];
    const onReady = async () => {
      ready.push((await qmp.execute('query-jobs'))[0]?.status ?? '');
      await qmp.execute('job-complete', { id: 'mirror' });
    };
    const start = () =>
      qmp.execute('blockdev-mirror', { 'job-id': 'mirror', device: 'disk', target: 'copy', sync: 'full', ...kept });
    await runJob(qmp, 'mirror', start, { onReady });
    expect(ready).toEqual(['ready']);
    const [block] = await qmp.execute('query-block');
    expect(block?.inserted?.['node-name']).toBe('copy');
  });

  it('ends with the reason when the connection is lost in between', async () => {
    const job = runJob(qmp, 'never', async () => qmp.close());
    await expect(job).rejects.toThrow('closed by us');
  });
});
