import { expect, test } from 'vitest';
import { fetchChecksum, findChecksum } from '../../executor/storage/download/index.ts';
import { serve } from './http.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const LONG = 'c'.repeat(128);

test.each([
  ['GNU', `${A}  disk.qcow2\n${B}  other.qcow2\n`, `sha256:${A}`],
  ['GNU in binary mode', `${B} *other\n${A} *disk.qcow2`, `sha256:${A}`],
  ['with a folder', `${A}  ./images/disk.qcow2`, `sha256:${A}`],
  [
    'BSD, in a signed file',
    `-----BEGIN PGP SIGNED MESSAGE-----\n# disk.qcow2: 1 byte\nSHA256 (disk.qcow2) = ${A}\n`,
    `sha256:${A}`,
  ],
  ['of both kinds, the longer', `${A}  disk.qcow2\n${LONG}  disk.qcow2`, `sha512:${LONG}`],
  ['a digest alone', `${LONG}\n`, `sha512:${LONG}`],
  ['in capitals', `SHA512 (disk.qcow2) = ${LONG.toUpperCase()}`, `sha512:${LONG}`],
  ['of another file', `${A}  other.qcow2`, undefined],
  ['of MD5 alone', `${'d'.repeat(32)}  disk.qcow2`, undefined],
  ['of two without names', `${A}\n${B}\n`, undefined],
])('a file of checksums: %s', (_what, text, expected) => {
  expect(findChecksum(text, 'disk.qcow2')).toBe(expected);
});

test('it is read from where the publisher has it, and what is not there is told', async () => {
  await using server = await serve((request, response) =>
    request.url === '/SUMS' ? response.end(`${A}  disk 1.qcow2\n`) : response.writeHead(404).end(),
  );
  const url = `${server.url}/x/disk%201.qcow2?y=z`;
  expect(await fetchChecksum(`${server.url}/SUMS`, url, {})).toBe(`sha256:${A}`);
  await expect(fetchChecksum(`${server.url}/SUMS`, `${server.url}/other`, {})).rejects.toMatchObject({
    reason: 'ChecksumNotFound',
  });
  await expect(fetchChecksum(`${server.url}/none`, url, {})).rejects.toThrow('answered with HTTP 404');
});
