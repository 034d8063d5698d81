import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system of its own, for tests that fill it. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Takes the space that is left, but for so many bytes. */
  fill(leave?: number): Promise<void>;
  /** Gives it back. */
  free(): void;
  remount(options: string): void;
}

/** Mounts a tmpfs of so many mebibytes; nothing, with the reason printed, where this user may not. */
export function smallDisk(mebibytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'vmctl-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0711`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    rmSync(path, { recursive: true });
    console.log(`skipped: a tmpfs cannot be mounted here: ${(error as Error).message}`);
    return undefined;
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    async fill(leave = 0) {
      const { bavail, bsize } = await statfs(path);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
    },
    free: () => rmSync(ballast, { force: true }),
    remount: (options) => void execFileSync('mount', ['-o', `remount,${options}`, path]),
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
