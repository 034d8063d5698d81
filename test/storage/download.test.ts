import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { classify, type Resolved } from '../../executor/storage/download/address.ts';
import { type DownloadOptions, download } from '../../executor/storage/download/index.ts';
import { content, redirectTo, serve } from './http.ts';

const BYTES = randomBytes(300_000);
const SHA256 = `sha256:${createHash('sha256').update(BYTES).digest('hex')}`;
const SHA512 = `sha512:${createHash('sha512').update(BYTES).digest('hex')}`;
const root = mkdtempSync(join(tmpdir(), 'vmctl-download-'));
let part = '';
let count = 0;

beforeEach(() => {
  part = join(root, `part-${count++}`);
});
afterAll(() => rmSync(root, { recursive: true }));

const fetch = (url: string, options: Partial<DownloadOptions> = {}) =>
  download({ url, part, maxBytes: 10_000_000n, ...options });

test.each([undefined, SHA256, SHA512])('a download with the checksum %s arrives whole', async (checksum) => {
  await using server = await serve(content(BYTES));
  const progress: number[] = [];
  const done = await fetch(server.url, { checksum, onProgress: (percent) => progress.push(percent) });
  expect(done).toEqual({ bytes: BYTES.length, sha256: SHA256 });
  expect(readFileSync(part).equals(BYTES)).toBe(true);
  expect(progress.at(-1)).toBe(100);
});

test('a wrong checksum leaves nothing', async () => {
  await using server = await serve(content(BYTES));
  const wrong = `sha256:${'0'.repeat(64)}`;
  await expect(fetch(server.url, { checksum: wrong })).rejects.toMatchObject({
    reason: 'ChecksumMismatch',
    message: expect.stringContaining(`the checksum is ${SHA256}, not ${wrong}`),
  });
  expect(existsSync(part)).toBe(false);
});

test('a cut download is an error, and the next attempt fetches only the rest', async () => {
  await using server = await serve(content(BYTES, { cutAfter: 100_000 }));
  await expect(fetch(server.url)).rejects.toMatchObject({ reason: 'DownloadCut' });
  expect(readFileSync(part).equals(BYTES.subarray(0, readFileSync(part).length))).toBe(true);
  const kept = readFileSync(part).length;
  expect(await fetch(server.url, { checksum: SHA256 })).toEqual({ bytes: BYTES.length, sha256: SHA256 });
  expect(readFileSync(part).equals(BYTES)).toBe(true);
  expect(server.seen).toEqual(['GET /', `GET / bytes=${kept}-`]);
});

test('a file that changed on the server is fetched from its beginning', async () => {
  const next = randomBytes(200_000);
  const answers = [content(BYTES, { cutAfter: 100_000 }), content(next, { etag: '"two"' })];
  await using server = await serve((request, response) => (answers.shift() ?? content(next))(request, response));
  await expect(fetch(server.url)).rejects.toMatchObject({ reason: 'DownloadCut' });
  expect((await fetch(server.url)).bytes).toBe(next.length);
  expect(readFileSync(part).equals(next)).toBe(true);
});

test('without a strong ETag nothing is resumed', async () => {
  await using server = await serve(content(BYTES, { etag: 'W/"weak"', cutAfter: 100_000 }));
  await expect(fetch(server.url)).rejects.toMatchObject({ reason: 'DownloadCut' });
  await fetch(server.url, { checksum: SHA256 });
  expect(server.seen).toEqual(['GET /', 'GET /']);
});

test('more bytes than there is room for are refused, by their announcement and by their count', async () => {
  await using announced = await serve(content(BYTES));
  await expect(fetch(announced.url, { maxBytes: 1000n })).rejects.toMatchObject({ reason: 'TooLarge' });
  await using endless = await serve((_request, response) => {
    response.writeHead(200);
    const more = () => response.write(BYTES, (error) => error ?? more());
    more();
  });
  await expect(fetch(endless.url, { maxBytes: 1_000_000n })).rejects.toMatchObject({ reason: 'EndlessBody' });
  expect(existsSync(part)).toBe(false);
});

test('an error of the server and silence are failures that can be tried again', async () => {
  await using missing = await serve((_request, response) => response.writeHead(404).end());
  await expect(fetch(missing.url)).rejects.toMatchObject({
    reason: 'ServerError',
    message: expect.stringContaining('HTTP 404'),
  });
  await using silent = await serve(() => {});
  await expect(fetch(silent.url, { idleMs: 50 })).rejects.toMatchObject({ reason: 'Unreachable' });
});

test('a download that is not wanted any more stops with the reason', async () => {
  await using server = await serve((_request, response) => response.writeHead(200).write('begun'));
  const abort = new AbortController();
  const fetching = fetch(server.url, { signal: abort.signal });
  setTimeout(() => abort.abort(new Error('deleted')), 50);
  await expect(fetching).rejects.toThrow('deleted');
});

test('a redirect between ports of loopback is followed', async () => {
  await using target = await serve(content(BYTES));
  await using server = await serve(redirectTo(target.url));
  expect((await fetch(server.url)).sha256).toBe(SHA256);
});

test.each(['file:///etc/passwd', 'ftp://example.com/x', 'gopher://127.0.0.1/'])(
  'a redirect to %s is refused',
  async (location) => {
    await using server = await serve(redirectTo(location));
    await expect(fetch(server.url)).rejects.toMatchObject({
      reason: 'RedirectRefused',
      message: expect.stringContaining('only http and https are followed'),
    });
  },
);

test.each([
  'http://169.254.169.254/latest/meta-data',
  'http://[fe80::1]/',
  'http://[::ffff:169.254.169.254]/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://100.100.100.200/',
  'http://[fd00:ec2::254]/',
])('a redirect to the link-local %s is refused', async (location) => {
  await using server = await serve(redirectTo(location));
  await expect(fetch(server.url)).rejects.toMatchObject({ reason: 'RedirectRefused' });
});

test('a redirect from a public host to this one is refused, by the address that its name leads to', async () => {
  await using server = await serve(redirectTo('http://inside.example/'));
  const port = new URL(server.url).port;
  const names: Record<string, Resolved> = {
    'public.example': { address: '127.0.0.1', family: 4, class: 'public' },
    'inside.example': { address: '127.0.0.1', family: 4, class: 'loopback' },
  };
  const resolve = async (name: string) => [names[name] as Resolved];
  await expect(fetch(`http://public.example:${port}/`, { resolve })).rejects.toMatchObject({
    reason: 'RedirectRefused',
    message: expect.stringContaining('http://inside.example/ at 127.0.0.1'),
  });
});

test('a link-local URL is refused even when a person gives it', async () => {
  await expect(fetch('http://169.254.169.254/')).rejects.toMatchObject({ reason: 'AddressRefused' });
});

test('a server that redirects for ever is left', async () => {
  await using server = await serve((request, response) => redirectTo(`${request.url}x`)(request, response));
  await expect(fetch(server.url)).rejects.toMatchObject({ reason: 'RedirectRefused' });
});

test.each([
  ['93.184.216.34', 'public'],
  ['10.0.0.1', 'public'],
  ['2001:db8::1', 'public'],
  ['127.0.0.1', 'loopback'],
  ['127.8.8.8', 'loopback'],
  ['0.0.0.0', 'loopback'],
  ['::1', 'loopback'],
  ['::', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['169.254.0.1', 'forbidden'],
  ['::ffff:a9fe:a9fe', 'forbidden'],
  ['64:ff9b::a9fe:a9fe', 'forbidden'],
  ['fe80::1', 'forbidden'],
  ['224.0.0.1', 'forbidden'],
  ['255.255.255.255', 'forbidden'],
  ['ff02::1', 'forbidden'],
])('%s is %s', (address, expected) => {
  expect(classify(address)).toBe(expected);
});
