import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { inspectImage, RefusedImageError } from '../../executor/storage/header/inspect.ts';
import { listSnapshots, parseTable } from '../../executor/storage/header/snapshots.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'image');
execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, '8M']);
execFileSync('qemu-img', ['snapshot', '-c', 'one', path]);
execFileSync('qemu-img', ['snapshot', '-c', 'two', path]);
const GOOD = readFileSync(path);

async function verdict(bytes: Buffer): Promise<'taken' | 'refused'> {
  writeFileSync(path, bytes);
  await using file = await open(path, 'r');
  try {
    const { format } = await inspectImage(file, undefined);
    expect(format === 'qcow2' || format === 'raw').toBe(true);
    return 'taken';
  } catch (error) {
    expect(error).toBeInstanceOf(RefusedImageError);
    return 'refused';
  }
}

test('whatever the bytes are, an image is taken or refused with a sentence', async () => {
  const header = fc.uint8Array({ minLength: 0, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(header, fc.boolean(), async (random, magic) => {
      const prefix = magic ? Buffer.from('514649fb00000003', 'hex') : Buffer.alloc(0);
      expect(['taken', 'refused']).toContain(await verdict(Buffer.concat([prefix, random])));
    }),
    { numRuns: 300 },
  );
});

test('a header that is taken after any change of it opens no other file', async () => {
  const change = fc.record({ at: fc.nat(511), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = Buffer.from(GOOD);
      for (const { at, byte } of changes) bytes[at] = byte;
      if ((await verdict(bytes)) === 'refused') return;
      const { backing, data } = asQemuSees(path);
      expect({ backing, data }).toEqual({ backing: undefined, data: undefined });
    }),
    { numRuns: 120 },
  );
}, 60_000);

/** What qemu itself makes of a file; one that it cannot open leads nowhere either. */
function asQemuSees(file: string): { backing: string | undefined; data: string | undefined } {
  try {
    const text = execFileSync('qemu-img', ['info', '--output=json', file], { encoding: 'utf8', stdio: 'pipe' });
    const info = JSON.parse(text);
    return { backing: info['backing-filename'], data: info['format-specific']?.data?.['data-file'] };
  } catch {
    return { backing: undefined, data: undefined };
  }
}

test('a snapshot table is read, or found to be cut off or damaged, and never read beyond its end', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(5), (bytes, count) => {
      const found = parseTable(Buffer.from(bytes), count);
      expect(found === undefined || found.length === count).toBe(true);
    }),
  );
  const bytes = Buffer.from(GOOD);
  bytes.writeUInt32BE(60_000, 60);
  writeFileSync(path, bytes);
  await expect(listSnapshots(path)).rejects.toThrow('is damaged: repair it with qemu-img check');
});
