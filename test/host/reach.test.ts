import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whyUnreachable } from '../../executor/host/reach.ts';
import { temporaryFolder } from '../fixtures/guests/machine.ts';

const them = { uid: 4001, gid: 4002, groups: [4003] };
let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true }));

describe('whether a user gets at a path', () => {
  it('is so with the bits for others', async () => {
    await writeFile(join(folder, 'disk'), '', { mode: 0o644 });
    expect(await whyUnreachable(join(folder, 'disk'), them, ['read'])).toBeUndefined();
  });

  it('names the path, its mode and its owner where it is not', async () => {
    await writeFile(join(folder, 'disk'), '', { mode: 0o644 });
    const { uid, gid } = { uid: process.getuid?.(), gid: process.getgid?.() };
    expect(await whyUnreachable(join(folder, 'disk'), them, ['read', 'write'])).toBe(
      `user 4001 may not write to ${folder}/disk (mode 0644, owner ${uid}:${gid})`,
    );
  });

  it('names the folder above that is closed', async () => {
    await mkdir(join(folder, 'closed/inner'), { recursive: true });
    await chmod(join(folder, 'closed'), 0o700);
    await writeFile(join(folder, 'closed/inner/disk'), '', { mode: 0o666 });
    const why = await whyUnreachable(join(folder, 'closed/inner/disk'), them, ['write']);
    expect(why).toContain(`user 4001 may not go through ${folder}/closed (mode 0700`);
  });

  it('is always so for root', async () => {
    await chmod(folder, 0o000);
    expect(await whyUnreachable(folder, { uid: 0, gid: 0, groups: [] }, ['write', 'enter'])).toBeUndefined();
    await chmod(folder, 0o700);
  });

  it('fails where nothing is', async () => {
    await expect(whyUnreachable(join(folder, 'nothing'), them, ['read'])).rejects.toThrow('ENOENT');
  });

  it.runIf(process.getuid?.() === 0)('goes by the first class that fits, as the kernel does', async () => {
    const disk = join(folder, 'disk');
    await writeFile(disk, '');
    const verdict = async (owner: number, group: number, mode: number) => {
      await chown(disk, owner, group);
      await chmod(disk, mode);
      return (await whyUnreachable(disk, them, ['write'])) === undefined;
    };
    expect(await verdict(4001, 0, 0o200)).toBe(true);
    expect(await verdict(4001, 0, 0o022)).toBe(false);
    expect(await verdict(0, 4002, 0o020)).toBe(true);
    expect(await verdict(0, 4003, 0o020)).toBe(true);
    expect(await verdict(0, 4003, 0o002)).toBe(false);
    expect(await verdict(0, 0, 0o002)).toBe(true);
  });
});
