import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WRITER_DISK_BYTES, writerDisk } from '../fixtures/guests/writer.ts';
import { booted, lastWritten, writtenBeyond } from './guest.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('writer', writerDisk());
});
afterAll(async () => {
  await executor[Symbol.asyncDispose]();
});

const ready = (name: string) =>
  executor.eventually('VirtualMachineImage', name, (image) => image?.status?.phase === 'Ready');

test('the disk of a running machine becomes an image of one moment: nothing acknowledged before is missing', async () => {
  await executor.create('VirtualMachine', 'source', smallMachine('writer'));
  const before = await writtenBeyond(executor, 'source', 20);
  await executor.create('VirtualMachineImage', 'golden', { source: { disk: { name: 'source-root' } } });
  const image = await ready('golden');
  const after = await lastWritten(executor, 'source');
  expect(image.status).toMatchObject({ format: 'qcow2', digest: expect.stringMatching(/^sha256:/) });
  expect(Number(image.status?.virtualSize?.replace('Mi', '')) * 1024 ** 2).toBeGreaterThanOrEqual(WRITER_DISK_BYTES);
  await executor.create('VirtualMachine', 'copy', smallMachine('golden'));
  const [found = 0] = await booted(executor, 'copy', 1);
  expect(found).toBeGreaterThanOrEqual(before);
  expect(found).toBeLessThanOrEqual(after + 1);
  // The source writes on as if nothing had been.
  await writtenBeyond(executor, 'source', after);
});

test('the disk of a machine that is off becomes an image, and one that is not there is waited for', async () => {
  await executor.create('VirtualMachineImage', 'late', { source: { disk: { name: 'later' } } });
  await executor.eventually('VirtualMachineImage', 'late', (image) =>
    image?.status?.conditions?.some(({ reason }) => reason === 'DiskNotFound'),
  );
  await executor.create('VirtualMachineDisk', 'later', { source: { image: { name: 'writer' } }, format: 'raw' });
  const image = await ready('late');
  expect(image.status?.path).toMatch(/late\.qcow2$/);
  expect(readFileSync(image.status?.path ?? '').toString('latin1', 0, 3)).toBe('QFI');
});
