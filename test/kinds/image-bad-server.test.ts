import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { smallDisk } from '../e2e/tmpfs.ts';
import { content, type Handler, redirectTo, serve } from '../storage/http.ts';
import { spoiled } from './hostile-images.ts';
import { left, MIB, start } from './image-world.ts';
import { because, createWorld, ready } from './world.ts';

const DISK = spoiled(randomBytes(2 * MIB), (bytes) => bytes.set([0x55, 0xaa], 510));
const SHA256 = `sha256:${createHash('sha256').update(DISK).digest('hex')}`;
const PIECE = Buffer.alloc(MIB, 'A');
const endless: Handler = (_request, response) => {
  response.writeHead(200, { etag: '"one"' });
  const more = () => {
    while (response.write(PIECE));
  };
  response.on('drain', more);
  more();
};
const claiming =
  (bytes: number): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': bytes });
    response.write(DISK, () => setTimeout(() => response.destroy(), 50));
  };
/** The first answer is cut in the middle; the second goes on with other bytes, under the same name. */
const changing: () => Handler = () => {
  const first = content(DISK, { cutAfter: MIB });
  const second = content(Buffer.alloc(DISK.length, 'B'));
  return (request, response) => (request.headers.range ? second : first)(request, response);
};

test.each<[string, Handler, string, RegExp]>([
  [
    'a redirect to the cloud’s credentials',
    redirectTo('http://169.254.169.254/latest/meta-data'),
    'RedirectRefused',
    /169\.254\.169\.254/,
  ],
  ['a redirect to IPv6 link-local', redirectTo('http://[fe80::1]/x'), 'RedirectRefused', /fe80::1/],
  ['a redirect to a file', redirectTo('file:///etc/passwd'), 'RedirectRefused', /only http and https/],
  ['a body without end', endless, 'EndlessBody', /does not say how long it is, and goes on after/],
  ['a length that the pool has not', claiming(2 ** 50), 'TooLarge', /make room in the pool/],
  ['a length that is never reached', claiming(DISK.length * 2), 'DownloadCut', /was cut after|was cut \(/],
  [
    'content that changes between the halves',
    changing(),
    'ChecksumMismatch',
    /the checksum is sha256:[0-9a-f]{64}, not/,
  ],
])('%s never becomes an image', async (_what, handler, reason, sentence) => {
  using disk = smallDisk(48);
  if (!disk) return expect.unreachable('a tmpfs cannot be mounted: run the tests as root');
  await using server = await serve(handler);
  await using world = createWorld();
  const pool = start(world, join(disk.path, 'pool'));
  world.add('VirtualMachineImage', 'bad', { source: { http: { url: server.url, checksum: SHA256 } } });
  const image = await world.until('VirtualMachineImage', 'bad', because(reason));
  expect(image.status?.path).toBeUndefined();
  expect(ready(image)?.message).toMatch(sentence);
  world.delete('VirtualMachineImage', 'bad');
  await world.until('VirtualMachineImage', 'bad', (gone) => gone === undefined);
  expect(left(pool)).toEqual([]);
});

test('content that is another by its name is fetched from its beginning', async () => {
  const next = Buffer.from(DISK).reverse();
  next.set([0x55, 0xaa], 510);
  const [first, second] = [content(DISK, { cutAfter: MIB }), content(next, { etag: '"two"' })];
  let asked = 0;
  await using server = await serve((request, response) => (asked++ === 0 ? first : second)(request, response));
  await using world = createWorld();
  const pool = start(world);
  world.add('VirtualMachineImage', 'good', { source: { http: { url: server.url } } });
  await world.until('VirtualMachineImage', 'good', because('Ready'));
  expect(readFileSync(join(pool, 'images/default/good.raw')).equals(next)).toBe(true);
});
