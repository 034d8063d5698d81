import type { Dirent } from 'node:fs';
import { constants } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openRegular } from '../../host/open-regular.ts';
import { detectFormat } from '../header/detect.ts';
import { HEADER_BYTES, parseQcow2 } from '../header/qcow2.ts';
import type { VolumeFormat } from '../qemu-img/index.ts';
import { readSidecar } from '../volume/ownership.ts';

/** What the objects of the API know to be theirs. */
export interface KnownVolumes {
  readonly paths: ReadonlySet<string>;
  readonly uids: ReadonlySet<string>;
}

/** A volume in a pool's folder that no object has. Sizes in bytes. */
export interface FoundVolume {
  /** Below the pool's folder. */
  readonly file: string;
  readonly format: VolumeFormat;
  readonly virtualSize: bigint;
  readonly actualSize: bigint;
  /** Whose it was, as `VirtualMachineDisk default/web-root`. */
  readonly formerly?: string;
}

/** A folder with more is somebody's archive, and looking through it would keep the node busy. */
const MOST_FILES = 10_000;
const EXTENSIONS: Readonly<Record<string, VolumeFormat>> = { qcow2: 'qcow2', raw: 'raw', img: 'raw' };

/** The volumes in a pool that nobody knows, by name: in its folder itself, where an administrator puts them, and where ours are. */
export async function scanPool(pool: string, known: KnownVolumes): Promise<FoundVolume[]> {
  const files = await candidates(pool);
  const found: FoundVolume[] = [];
  for (const file of files.slice(0, MOST_FILES)) {
    if (known.paths.has(join(pool, file))) continue;
    const volume = await examine(pool, file, known);
    if (volume) found.push(volume);
  }
  return found;
}

/** Hidden files are half made. */
async function candidates(pool: string): Promise<string[]> {
  const folders = ['', ...(await subfolders(pool, 'disks')), ...(await subfolders(pool, 'images'))];
  const lists = await Promise.all(
    folders.map(async (folder) =>
      (await list(join(pool, folder)))
        .filter((entry) => entry.isFile() && !/^\.|\.json$/.test(entry.name))
        .map(({ name }) => join(folder, name)),
    ),
  );
  return lists.flat().sort();
}

const subfolders = async (pool: string, kind: string): Promise<string[]> =>
  (await list(join(pool, kind))).filter((entry) => entry.isDirectory()).map(({ name }) => join(kind, name));

async function list(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function examine(pool: string, file: string, { uids }: KnownVolumes): Promise<FoundVolume | undefined> {
  const owner = await readSidecar(join(pool, `${file}.json`));
  if (owner && uids.has(owner.uid)) return undefined;
  const shape = await look(join(pool, file));
  if (!shape) return undefined;
  return { file, ...shape, ...(owner && { formerly: `${owner.kind} ${owner.namespace}/${owner.name}` }) };
}

/** What a file is by its header, or else by its name. What cannot be opened is not ours to list. */
async function look(path: string): Promise<Pick<FoundVolume, 'format' | 'virtualSize' | 'actualSize'> | undefined> {
  const file = await openRegular(path, constants.O_RDONLY).catch(() => undefined);
  if (!file) return undefined;
  try {
    const { size, blocks } = await file.stat({ bigint: true });
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const first = buffer.subarray(0, bytesRead);
    const format = formatOf(path, first);
    if (format === undefined) return undefined;
    return { format, virtualSize: format === 'raw' ? size : parseQcow2(first).virtualSize, actualSize: blocks * 512n };
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

/** A raw disk of ours may begin with anything its guest wrote: there the name decides. */
function formatOf(path: string, first: Buffer): VolumeFormat | undefined {
  const named = EXTENSIONS[/\.([a-z0-9]+)$/.exec(basename(path))?.[1] ?? ''];
  if (named === 'raw') return 'raw';
  const found = detectFormat(first);
  return found === 'qcow2' || found === 'raw' ? found : undefined;
}
