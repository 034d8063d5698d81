import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { content, redirectTo, serve } from '../storage/http.ts';
import { startExecutor, type TestExecutor } from './harness.ts';
import { until } from './until.ts';

const BYTES = randomBytes(4 * 1024 ** 2);
BYTES.set([0x55, 0xaa], 510);
const SHA256 = `sha256:${createHash('sha256').update(BYTES).digest('hex')}`;

/** Enough to be another percent every now and then. */
const DRIP_BYTES = 16 * 1024;

/** What an image has already is not downloaded once more. */
function another(): { bytes: Buffer; checksum: string } {
  const bytes = Buffer.from(BYTES);
  bytes.set(randomBytes(16), 1024);
  return { bytes, checksum: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

let executor: TestExecutor;
const folder = () => join(executor.home, 'pool/images/default');

beforeAll(async () => {
  executor = await startExecutor();
});

afterAll(async () => {
  await executor[Symbol.asyncDispose]();
});

const create = (name: string, source: object) => executor.create('VirtualMachineImage', name, { source });
const reason = (name: string, expected: string) =>
  executor.eventually('VirtualMachineImage', name, (image) =>
    image?.status?.conditions?.some((condition) => condition.reason === expected),
  );

test('an image is downloaded with its progress in the status, and its checksum is what it must be', async () => {
  let isSeen = false;
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': BYTES.length });
    let sent = BYTES.length / 4;
    response.write(BYTES.subarray(0, sent));
    // It drips until its progress was seen.
    const drip = setInterval(() => {
      const from = sent;
      sent = isSeen ? BYTES.length : Math.min(sent + DRIP_BYTES, BYTES.length - 1);
      response.write(BYTES.subarray(from, sent));
      if (!isSeen) return;
      clearInterval(drip);
      response.end();
    }, 100);
    response.once('close', () => clearInterval(drip));
  });
  await create('web', { http: { url: `${server.url}/disk.img`, checksum: SHA256 } });
  const half = await executor.eventually('VirtualMachineImage', 'web', (image) => (image?.status?.progress ?? 0) > 0);
  isSeen = true;
  expect(half.status).toMatchObject({ phase: 'Downloading' });
  await executor.kubectl('wait', '--for=condition=Ready', '--timeout=90s', 'vmi/web');
  const [, row = ''] = (await executor.kubectl('get', 'vmi', 'web')).split('\n');
  expect(row).toMatch(/web +Ready +100 +4Mi +raw +default/);
  expect(existsSync(join(folder(), 'web.raw'))).toBe(true);
});

test('a wrong checksum is told, and leaves no base', async () => {
  await using server = await serve(content(BYTES));
  await create('wrong', { http: { url: server.url, checksum: `sha256:${'1'.repeat(64)}` } });
  const image = await reason('wrong', 'ChecksumMismatch');
  expect(image.status).toMatchObject({ phase: 'Failed' });
  expect(readdirSync(folder()).filter((name) => name.includes('wrong'))).toEqual([]);
  expect(await executor.kubectl('describe', 'vmi', 'wrong')).toContain('ChecksumMismatch');
});

test('a cut download is no base: it is told and goes on where it ended', async () => {
  const { bytes, checksum } = another();
  await using server = await serve(content(bytes, { cutAfter: 2 * 1024 ** 2 }));
  await Promise.all([reason('cut', 'DownloadCut'), create('cut', { http: { url: server.url, checksum } })]);
  await executor.eventually('VirtualMachineImage', 'cut', (image) => image?.status?.phase === 'Ready');
  expect(server.seen[1]).toMatch(/bytes=[1-9]/);
});

test.each([
  ['file', 'file:///etc/passwd'],
  ['link-local', 'http://169.254.169.254/latest/meta-data'],
])('a URL that redirects to %s is refused', async (name, location) => {
  await using server = await serve(redirectTo(location));
  await create(name, { http: { url: server.url } });
  const image = await reason(name, 'RedirectRefused');
  expect(image.status?.conditions?.[0]?.message).toContain(location);
});

test.each([
  ['backing-file', 'backing file', ['-u', '-b', '/etc/passwd', '-F', 'raw']],
  ['data-file', 'data file', ['-o', 'data_file=/dev/null,data_file_raw=on']],
])('a qcow2 with a %s is refused', async (name, words, args) => {
  const path = join(executor.importFolder, `${name}.qcow2`);
  const options = args.map((argument) => argument.replace('/dev/null', join(executor.importFolder, 'data')));
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, path, '1M']);
  await create(name, { file: { path } });
  const image = await reason(name, 'ImageRefused');
  expect(image.status?.conditions?.[0]?.message).toContain(words);
  expect(readdirSync(folder()).filter((file) => file.includes(name))).toEqual([]);
});

test('an executor killed in the middle of a download goes on with it', async () => {
  const { bytes: whole, checksum } = another();
  let hold = true;
  await using server = await serve((request, response) => {
    if (!hold) return content(whole)(request, response);
    response.writeHead(200, { etag: '"one"', 'content-length': whole.length });
    response.write(whole.subarray(0, 1024 ** 2));
  });
  await create('killed', { http: { url: server.url, checksum } });
  const part = () => readdirSync(folder()).find((name) => /^\.killed\..*\.part$/.test(name));
  await until(() => part() !== undefined && server.seen.length === 1, { limitMs: 60_000, what: () => 'a part' });
  const bytes = () => execFileSync('stat', ['-c', '%s', join(folder(), part() ?? '')], { encoding: 'utf8' }).trim();
  await until(() => bytes() === String(1024 ** 2), { limitMs: 60_000, what: () => `a mebibyte; there are ${bytes()}` });
  await executor.stop('SIGKILL');
  hold = false;
  await executor.start();
  await executor.eventually('VirtualMachineImage', 'killed', (image) => image?.status?.digest === checksum);
  expect(server.seen.at(-1)).toBe(`GET / bytes=${1024 ** 2}-`);
});

test('an image in use as a base is held, and its condition names the disk', async () => {
  const image = await executor.eventually('VirtualMachineImage', 'web', (now) => now?.status?.phase === 'Ready');
  await executor.create('VirtualMachineDisk', 'overlay', { source: { image: { name: 'web' } } });
  await executor.eventually('VirtualMachineDisk', 'overlay', (disk) => disk?.status?.phase === 'Ready');
  await executor.kubectl('delete', 'vmi', 'web', '--wait=false');
  const held = await reason('web', 'InUse');
  expect(held.status?.conditions?.[0]?.message).toContain('disk overlay');
  expect(existsSync(image.status?.path ?? '')).toBe(true);
  await executor.kubectl('delete', 'vmd', 'overlay', '--wait');
  await executor.eventually('VirtualMachineImage', 'web', (gone) => gone === undefined);
  expect(existsSync(image.status?.path ?? '')).toBe(false);
});
