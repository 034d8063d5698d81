import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { humanSize } from '../../../schemas/types/size.ts';
import { detectCompression } from '../header/detect.ts';
import { readFirst } from '../header/inspect.ts';
import { RefusedImageError, requireHonest } from '../header/refused.ts';
import { openPacked } from '../import/decompress.ts';
import { SparseWriter } from '../import/sparse.ts';
import { unpackingMs } from '../import/unpack.ts';
import { budgetOf } from '../volume/index.ts';
import { ByteReader } from './bytes.ts';
import { padding, type TarEntry, tarEntries } from './tar.ts';

export interface ExtractOptions {
  /** The layer, an archive that may be packed. */
  readonly layer: string;
  readonly to: string;
  /** The file that is wanted; the only one below /disk where nothing is given. */
  readonly path?: string | undefined;
  readonly signal: AbortSignal;
}

const REGULAR = '0';
const FOLDER = '5';

/** Takes the disk out of one layer. @returns `sha256:…` of its content; nothing where the layer has none. @throws RefusedImageError */
export async function extractDisk({ layer, to, path, signal }: ExtractOptions): Promise<string | undefined> {
  await using file = await open(layer, 'r');
  const { size } = await file.stat({ bigint: true });
  const timeout = AbortSignal.timeout(unpackingMs(size));
  const content = await openLayer(file, AbortSignal.any([signal, timeout]));
  const { room, capacity } = await budgetOf(dirname(to));
  try {
    return await search(new ByteReader(content), {
      to,
      wanted: path && clean(path),
      room,
      capacity,
      packed: size,
      signal: AbortSignal.any([signal, timeout]),
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (timeout.aborted) throw new RefusedImageError('its layer was not unpacked in time');
    if (error instanceof RefusedImageError || /^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    throw new RefusedImageError(`its layer is cut off or damaged (${(error as Error).message})`, { cause: error });
  } finally {
    content.destroy();
  }
}

async function openLayer(file: FileHandle, signal: AbortSignal): Promise<Readable> {
  const packed = detectCompression(await readFirst(file));
  return packed ? openPacked(file, packed, signal) : file.createReadStream({ start: 0, autoClose: false });
}

interface Search {
  readonly to: string;
  readonly wanted: string | undefined;
  readonly room: bigint;
  readonly capacity: bigint;
  /** Bytes of the layer. */
  readonly packed: bigint;
  readonly signal: AbortSignal;
}

async function search(from: ByteReader, options: Search): Promise<string | undefined> {
  let found: { name: string; digest: string } | undefined;
  for await (const entry of tarEntries(from)) {
    const name = clean(entry.name);
    if (isDisk(entry, name, options.wanted)) {
      if (found) throw new RefusedImageError(`it holds several files, ${found.name} and ${name}: name one with path`);
      found = { name, digest: await take(from, entry.size, options) };
    } else await skip(from, entry.size, options);
    await skip(from, padding(entry.size), options);
  }
  return found?.digest;
}

/** Nothing of an archive ever becomes a path of ours; one that tries is not what it says. @throws RefusedImageError */
function clean(name: string): string {
  const parts = name
    .replace(/^(\.?\/)+/, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..')) return parts.join('/');
  throw new RefusedImageError(`its archive holds ${JSON.stringify(name)}, a path that leads out of it`);
}

/** KubeVirt's layout: one file in the folder /disk. Links and devices there lead to other files, of this host in the end. */
function isDisk({ type, sparse }: TarEntry, name: string, wanted: string | undefined): boolean {
  const below = name === 'disk' || name.startsWith('disk/');
  const chosen = wanted === undefined ? below : name === wanted;
  if (!chosen || type === FOLDER || name.split('/').at(-1)?.startsWith('.wh.')) return false;
  if (type !== REGULAR || sparse || name === 'disk') {
    throw new RefusedImageError(`${name} in its archive is no ordinary file but a link, a device or a file with holes`);
  }
  return true;
}

async function take(from: ByteReader, size: number, options: Search): Promise<string> {
  await using target = await open(options.to, 'w', 0o600);
  const writer = new SparseWriter(target);
  const hash = createHash('sha256');
  for await (const piece of from.take(size)) {
    hash.update(piece);
    await writer.write(piece);
    if (BigInt(writer.written) > options.room) {
      throw new RefusedImageError(
        `it unpacks to more than the ${humanSize(options.room)} that are free in the pool: make room in it`,
      );
    }
    requireBounds(from, options);
  }
  if (writer.bytes !== size) throw new RefusedImageError('its archive is damaged: it is cut off');
  await writer.end();
  requireHonest(options.packed, BigInt(writer.written));
  return `sha256:${hash.digest('hex')}`;
}

async function skip(from: ByteReader, size: number, options: Search): Promise<void> {
  let left = size;
  for await (const piece of from.take(size)) {
    left -= piece.length;
    requireBounds(from, options);
  }
  if (left > 0) throw new RefusedImageError('its archive is damaged: it is cut off');
}

function requireBounds({ bytes }: ByteReader, { capacity, signal }: Search): void {
  signal.throwIfAborted();
  if (BigInt(bytes) > capacity)
    throw new RefusedImageError(`it unpacks to more than the ${humanSize(capacity)} of the whole pool`);
}
