import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { iso9660 } from '../../executor/cloudinit/iso9660.ts';

const run = promisify(execFile);
const file = (path: string, content: string) => ({ path, content: Buffer.from(content) });
const reader = await run('bsdtar', ['--version']).catch(() => undefined);
const WHY = 'bsdtar (libarchive-tools) is not installed here; the guests that read such seeds are the only judges';

/** The files of an image, as libarchive reads them. */
async function read(image: Buffer, option?: string): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-iso-'));
  try {
    const path = join(folder, 'seed.iso');
    await writeFile(path, image);
    const options = option === undefined ? [] : ['--options', option];
    const names = (await run('bsdtar', ['-tf', path, ...options])).stdout.trim().split('\n');
    const contents: Record<string, string> = {};
    for (const name of names) {
      const { stdout } = await run('bsdtar', ['-xOf', path, ...options, name], { encoding: 'latin1' });
      contents[name] = stdout;
    }
    return contents;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('a CD-ROM image', () => {
  test.for(['joliet', '!joliet'])('gives every file back under its name, with %s', async (option, { skip }) => {
    skip(!reader, WHY);
    const long = 'x'.repeat(2047 * 3);
    const files = [
      file('openstack/latest/meta_data.json', '{"a": 1}'),
      file('openstack/latest/user_data', long),
      file('openstack/2018-08-27/network_data.json', ''),
      file('meta-data', 'm'),
    ];
    const found = await read(iso9660('config-2', files), option);
    for (const { path, content } of files) expect(found[path], path).toBe(content.toString());
  });

  test('is the same for the same files, and another for others', () => {
    const one = iso9660('cidata', [file('user-data', 'a')]);
    expect(iso9660('cidata', [file('user-data', 'a')]).equals(one)).toBe(true);
    expect(iso9660('cidata', [file('user-data', 'b')]).equals(one)).toBe(false);
  });

  test('has its label in both volumes, and whole sectors', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 90 }), (contents) => {
        const files = contents.map((content, i) => ({
          path: `folder-${i % 7}/file-${i}`,
          content: Buffer.from(content),
        }));
        const image = iso9660('cidata', files);
        expect(image.length % 2048).toBe(0);
        expect(image.readUInt32LE(16 * 2048 + 80) * 2048).toBe(image.length);
        expect(image.toString('latin1', 16 * 2048 + 40, 16 * 2048 + 46)).toBe('cidata');
        for (const content of contents) expect(image.includes(Buffer.from(content))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
