import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Volume } from '../../qemu/argv.ts';
import { type BlockdevOptions, type Qmp, QmpError } from '../../qmp/index.ts';
import { trustVolumes } from './volumes.ts';

type Volumes = Readonly<Record<string, Volume>>;

/** Which file of which file system: what a name led to may be changed, this may not. */
const identity = ({ dev, ino }: { dev: bigint; ino: bigint }): string => `${dev}:${ino}`;

/** Which file each path of a volume led to when it was looked at. */
export type LookedAt = ReadonlyMap<string, string>;

/** Files of volumes as they are looked at before qemu opens them, by their paths. What is not there is qemu's to complain of. */
export async function identify(volumes: Volumes): Promise<LookedAt> {
  const paths = Object.values(volumes).map(({ path }) => path);
  const found = await Promise.all(
    paths
      .filter((path) => !path.startsWith('/dev/'))
      .map(async (path) => [path, await lstat(path, BIG).catch(() => undefined)] as const),
  );
  return new Map(found.flatMap(([path, stats]) => (stats ? [[path, identity(stats)] as const] : [])));
}

const BIG = { bigint: true } as const;

/**
 * Says that volumes are what we made, and which files those are: what qemu opens is compared with it.
 * @throws UntrustedVolumeError and its like
 */
export async function lookAt(volumes: Volumes): Promise<LookedAt> {
  const files = await identify(volumes);
  await trustVolumes(volumes);
  return files;
}

/** To open an encrypted volume, qemu derives a key, and answers nothing meanwhile. */
const UNLOCKING_MS = 600_000;

/**
 * Has a qemu that runs open what was looked at, before a guest sees anything of it. Of a file that was exchanged meanwhile nothing
 * stays open.
 * @param pid of that qemu
 * @throws ExchangedError, or what qemu refuses
 */
export async function openNodes(
  qmp: Qmp,
  pid: number,
  nodes: readonly BlockdevOptions[],
  files: LookedAt,
): Promise<void> {
  try {
    for (const node of nodes) await qmp.execute('blockdev-add', node, { timeoutMs: UNLOCKING_MS });
    await requireOpened(pid, files);
  } catch (error) {
    for (const node of nodes.toReversed()) await close(qmp, node['node-name'] ?? '');
    throw error;
  }
}

/** One that was never added needs no removal. */
async function close(qmp: Qmp, node: string): Promise<void> {
  await qmp.execute('blockdev-del', { 'node-name': node }).catch((error) => {
    if (!(error instanceof QmpError)) throw error;
  });
}

/** A file was exchanged between the look at it and its opening. */
class ExchangedError extends Error {
  readonly reason = 'VolumeExchanged';
}

/**
 * Says that a qemu whose guest sees nothing of them yet has the very files open that were looked at.
 * @throws ExchangedError
 */
export async function requireOpened(pid: number, files: LookedAt): Promise<void> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => undefined);
  if (!names || files.size === 0) return;
  const open = await Promise.all(names.map((name) => stat(join(folder, name), BIG).catch(() => undefined)));
  const opened = new Set(open.flatMap((stats) => (stats ? [identity(stats)] : [])));
  for (const [path, file] of files) {
    if (opened.has(file)) continue;
    throw new ExchangedError(
      `${path} was exchanged between the look at it and its opening: see who writes to that folder`,
    );
  }
}
