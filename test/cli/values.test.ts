import { describe, expect, it } from 'vitest';
import { age, parseDuration, since } from '../../cli/duration.ts';
import { readSource } from '../../cli/image/source.ts';
import { parseForward } from '../../cli/machine/forward.ts';
import { imageName, importedFile } from '../../cli/machine/image-source.ts';
import { newToken } from '../../cli/machine/token.ts';
import { shellLines, shellWord } from '../../cli/showcmd/quote.ts';
import { parseBytes } from '../../cli/size.ts';
import { token } from '../../schemas/types/primitives.ts';

describe('durations', () => {
  it.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['0', 0],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '-1s', 's', '1d', '1h 30m', 'abc'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [150, '2m30s'],
    [599, '9m59s'],
    [600, '10m'],
    [10_799, '179m'],
    [10_800, '3h'],
    [28_799, '7h59m'],
    [28_800, '8h'],
    [172_799, '47h'],
    [172_800, '2d'],
    [180_000, '2d2h'],
    [691_200, '8d'],
    [63_072_000, '2y'],
    [252_288_000, '8y'],
  ])('%i s are shown as %s, as kubectl shows them', (s, text) => {
    expect(age(s * 1000)).toBe(text);
  });

  it('of what has no time are unknown', () => {
    expect(since(undefined)).toBe('<unknown>');
    expect(since('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:01:00Z'))).toBe('60s');
  });
});

describe('sizes', () => {
  it.each([
    ['20Gi', 21_474_836_480n],
    ['1.5Ki', 1536n],
    ['1000', 1000n],
    ['1k', 1000n],
    ['0.1', 1n],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', '-1', '1e3', '1m', '10GB', '1 Gi', 'all', '0x10'])('%j is none', (text) => {
    expect(() => parseBytes(text)).toThrow('is not a size');
  });
});

describe('forwards', () => {
  it.each([
    ['2222:22', { hostPort: 2222, port: 22 }],
    ['0.0.0.0:8080:80', { hostAddress: '0.0.0.0', hostPort: 8080, port: 80 }],
    ['[::1]:5353:53/udp', { hostAddress: '::1', hostPort: 5353, port: 53, protocol: 'UDP' }],
    ['1:65535/tcp', { hostPort: 1, port: 65535 }],
  ])('%s is %j', (text, forward) => {
    expect(parseForward(text)).toEqual(forward);
  });

  it.each([
    '',
    '22',
    '0:22',
    '22:0',
    '65536:22',
    '22:65536',
    'a:b',
    '22:22/sctp',
    '::1:22:22',
    '22:22,hostfwd=tcp',
    '1.2.3.4:22',
  ])('%j is none', (text) => {
    expect(() => parseForward(text)).toThrow('is not a port to forward');
  });
});

describe('images', () => {
  it.each([
    ['https://example.org/debian-12-generic.qcow2', 'debian-12-generic'],
    ['https://example.org/a/b.img.xz?x=y', 'b'],
    ['./Vm Linuz_1.raw', 'vm-linuz-1'],
    ['/boot/vmlinuz-6.1.0', 'vmlinuz-6.1.0'],
  ])('from %s are called %s', (from, name) => {
    expect(imageName(from)).toBe(name);
  });

  it('of no usable name have to be given one', () => {
    expect(() => imageName('/tmp/___.raw')).toThrow('what should the image');
  });

  it('come from http, https and files, and from nothing else', () => {
    expect(readSource('https://a/b', {}).source).toEqual({ http: { url: 'https://a/b' } });
    expect(readSource('/a/b', {})).toEqual({ source: { upload: {} }, from: '/a/b', file: '/a/b' });
    expect(readSource('/a/b', { 'on-node': true }).source).toEqual({ file: { path: '/a/b' } });
    expect(readSource(undefined, { disk: 'root' }).source).toEqual({ disk: { name: 'root' } });
    const place = { reference: 'quay.io/x/disk:1', secretRef: { name: 'mine' }, insecure: true };
    const oci = readSource('oci://quay.io/x/disk:1', { secret: 'mine', insecure: true });
    expect(oci).toEqual({ source: { oci: place }, from: 'quay.io/x/disk' });
    expect(() => readSource('https://a/b', { secret: 'x' })).toThrow('--secret is for registries');
    expect(() => readSource('/a', { disk: 'root' })).toThrow('an image has one source');
    expect(() => readSource(undefined, {})).toThrow('where is the image?');
    expect(importedFile('https://a/b')).toBeUndefined();
    expect(importedFile('/a/../b')).toBe('/b');
    for (const url of ['file:///etc/passwd', 'ftp://a/b', 'FILE://x'])
      expect(() => importedFile(url)).toThrow('cannot be imported');
  });

  it('take checksums as the schema has them', () => {
    const checksum = `sha256:${'0'.repeat(64)}`;
    expect(readSource('/x', { checksum, 'on-node': true }).source).toEqual({ file: { path: '/x', checksum } });
    expect(() => readSource('/x', { checksum: 'md5:1' })).toThrow('is not a checksum');
    const checksumUrl = 'https://a/SHA256SUMS';
    expect(readSource('https://a/b', { 'checksum-url': checksumUrl }).source).toEqual({
      http: { url: 'https://a/b', checksumUrl },
    });
  });
});

describe('tokens', () => {
  it('are new each time and what the schema takes', () => {
    const made = new Set(Array.from({ length: 100 }, () => newToken()));
    expect(made.size).toBe(100);
    for (const one of made) expect(token().safeParse(one).success).toBe(true);
  });
});

describe('commands for a shell', () => {
  it('come out of a shell as they were', async () => {
    const { execFileSync } = await import('node:child_process');
    const words = ['printf', '%s\\0', 'a b', "it's", '$HOME', '{"a":"b,c"}', '', '-x', '*', 'a\nb'];
    const out = execFileSync('sh', ['-c', shellLines(words)], { encoding: 'utf8' });
    expect(out.split('\0').slice(0, -1)).toEqual(words.slice(2));
  });

  it('are quoted only where they have to be', () => {
    expect([shellWord('tcp:127.0.0.1:22-:22'), shellWord('a b')]).toEqual(['tcp:127.0.0.1:22-:22', "'a b'"]);
  });
});
