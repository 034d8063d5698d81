import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../executor/host/atomic.ts';
import { temporaryFolder } from '../fixtures/guests/machine.ts';

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

describe('replacing a file as a whole', () => {
  it('leaves the new content, the mode, and nothing else', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    await writeFileAtomic(path, 'new', { mode: 0o640 });
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('never shows a part of it to a reader', async () => {
    const path = join(folder, 'file');
    const contents = ['a', 'b'].map((letter) => letter.repeat(300_000));
    await writeFileAtomic(path, contents[0] ?? '', { durable: false });
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 50; i++) await writeFileAtomic(path, contents[i % 2] ?? '', { durable: false });
      writing = false;
    })();
    while (writing) expect(contents).toContain(await readFile(path, 'utf8'));
    await writer;
  });

  it('leaves nothing behind when it fails', async () => {
    await expect(writeFileAtomic(join(folder, 'file'), { not: 'text' } as unknown as string)).rejects.toThrow();
    await expect(writeFileAtomic(join(folder, 'nowhere/file'), 'x')).rejects.toThrow('ENOENT');
    expect(await readdir(folder)).toEqual([]);
  });
});
