import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Volume } from '../../qemu/argv.ts';

type Volumes = Readonly<Record<string, Volume>>;

/** Which file of which file system: what a name led to may be changed, this may not. */
const identity = ({ dev, ino }: { dev: bigint; ino: bigint }): string => `${dev}:${ino}`;

/** Files of volumes as they are looked at before a start, by their paths. What is not there is qemu's to complain of. */
export async function identify(volumes: Volumes): Promise<ReadonlyMap<string, string>> {
  const paths = Object.values(volumes).map(({ path }) => path);
  const found = await Promise.all(
    paths
      .filter((path) => !path.startsWith('/dev/'))
      .map(async (path) => [path, await lstat(path, BIG).catch(() => undefined)] as const),
  );
  return new Map(found.flatMap(([path, stats]) => (stats ? [[path, identity(stats)] as const] : [])));
}

const BIG = { bigint: true } as const;

/** A file was exchanged between the look at it and its opening. */
class ExchangedError extends Error {
  readonly reason = 'VolumeExchanged';
}

/**
 * Says that a qemu whose guest has not begun has the very files open that were looked at.
 * @throws ExchangedError
 */
export async function requireOpened(pid: number, files: ReadonlyMap<string, string>): Promise<void> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => undefined);
  if (!names || files.size === 0) return;
  const open = await Promise.all(names.map((name) => stat(join(folder, name), BIG).catch(() => undefined)));
  const opened = new Set(open.flatMap((stats) => (stats ? [identity(stats)] : [])));
  for (const [path, file] of files) {
    if (opened.has(file)) continue;
    throw new ExchangedError(`${path} was exchanged while the machine started: see who writes to that folder`);
  }
}
