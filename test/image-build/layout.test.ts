import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { bootCode, placedCore } from '../../cli/image-build/bios.ts';
import { guidBytes, partitionTable, SECTOR } from '../../cli/image-build/gpt.ts';
import { layoutOf } from '../../cli/image-build/layout.ts';
import { buildSize, checkOptions, mmdebstrapArguments, sourceLines } from '../../cli/image-build/packages.ts';

const run = promisify(execFile);
const GIB = 1024 ** 3;

describe('the disk of a built image', () => {
  test('has its root last, so that it can grow, and everything in whole MiB', () => {
    const { bios, efi, root, size } = layoutOf(2 * GIB + 12345);
    const parts = [bios, efi, root];
    expect(size).toBe(2 * GIB);
    expect(parts.map(({ number }) => number)).toEqual([14, 15, 1]);
    for (const { start, size: bytes } of parts) expect([start % 2 ** 20, bytes % 2 ** 20]).toEqual([0, 0]);
    expect(bios.start + bios.size).toBe(efi.start);
    expect(efi.start + efi.size).toBe(root.start);
    expect(root.start + root.size).toBeLessThan(size);
  });

  test('writes GUIDs as the UEFI specification does', () => {
    expect(guidBytes('c12a7328-f81f-11d2-ba4b-00a0c93ec93b').toString('hex')).toBe('28732ac11ff8d211ba4b00a0c93ec93b');
  });

  test('has a table of partitions in which a judge finds no fault', async ({ skip }) => {
    const tool = await run('sfdisk', ['--version']).catch(() => undefined);
    if (!tool) skip('sfdisk is not installed here: the guest that boots from such a disk judges it alone');
    const folder = await mkdtemp(join(tmpdir(), 'vmctl-gpt-'));
    const disk = join(folder, 'disk.raw');
    try {
      const layout = layoutOf(2 * GIB);
      const partitions = [layout.root, layout.bios, layout.efi].map((one) => ({ ...one, guid: randomUUID() }));
      const { head, tail } = partitionTable(
        { diskGuid: randomUUID(), size: layout.size, partitions },
        Buffer.alloc(440),
      );
      await writeFile(disk, head);
      await truncate(disk, layout.size - tail.length);
      await writeFile(disk, tail, { flag: 'a' });
      const { stderr } = await run('sfdisk', ['--verify', disk]);
      expect(stderr).toBe('');
      const { partitiontable } = JSON.parse((await run('sfdisk', ['--json', disk])).stdout);
      expect(partitiontable.label).toBe('gpt');
      expect(partitiontable.partitions).toHaveLength(3);
      expect(partitiontable.partitions[0]).toMatchObject({ name: 'root', start: layout.root.start / SECTOR });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('starts GRUB from where its core is', () => {
    const code = bootCode(Buffer.alloc(512, 0xff), 1024 * 1024);
    expect(code.readBigUInt64LE(0x5c)).toBe(2048n);
    expect([...code.subarray(0x66, 0x68)]).toEqual([0x90, 0x90]);
    expect(placedCore(Buffer.alloc(1024), 1024 * 1024).readBigUInt64LE(500)).toBe(2049n);
  });
});

describe('what is asked of mmdebstrap', () => {
  test('is the packages of a server and those that were named', () => {
    const args = mmdebstrapArguments(
      { suite: 'trixie', packages: ['nginx', 'sudo'] },
      ['deb http://m trixie main'],
      '/t',
    );
    expect(args.slice(-3)).toEqual(['trixie', '/t', 'deb http://m trixie main']);
    const include = args.find((arg) => arg.startsWith('--include='))?.split(/[=,]/) ?? [];
    expect(include).toEqual(expect.arrayContaining(['nginx', 'cloud-init', 'openssh-server', 'qemu-guest-agent']));
    expect(include.filter((name) => name === 'sudo')).toHaveLength(1);
  });

  test('has updates where the suite has some', () => {
    expect(sourceLines('bookworm', 'http://m', 'http://s')).toEqual([
      'deb http://m bookworm main',
      'deb http://m bookworm-updates main',
      'deb http://s bookworm-security main',
    ]);
    expect(sourceLines('bookworm', 'http://m')).toHaveLength(2);
    expect(sourceLines('sid', 'http://m')).toEqual(['deb http://m sid main']);
  });

  test.each([
    [{ suite: '--setup-hook=id', packages: [] }, 'suite'],
    [{ suite: '../etc', packages: [] }, 'suite'],
    [{ suite: 'bookworm', packages: ['a,b'] }, 'package'],
    [{ suite: 'bookworm', packages: ['?or(~n.)'] }, 'package'],
    [{ suite: 'bookworm', packages: [], mirror: 'http://m main\ndeb http://evil' }, 'mirror'],
    [{ suite: 'bookworm', packages: [], mirror: '--include=x' }, 'mirror'],
  ])('is never taken for something else: %j', (options, what) => {
    expect(() => checkOptions(options)).toThrow(what);
  });

  test.each(['1Ki', '512Mi', '3Ti', 'big', '-2Gi'])('is a disk that a system fits on, not %s', (size) => {
    expect(() => buildSize(size)).toThrow();
  });
});
