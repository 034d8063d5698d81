import { open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ImageCompression, ImageFormat } from '../../../schemas/kinds/image.ts';
import { detectCompression } from '../header/detect.ts';
import { inspectImage, readFirst } from '../header/inspect.ts';
import { RefusedImageError } from '../header/refused.ts';
import { QemuImgError, runQemuImg, type VolumeFormat } from '../qemu-img/index.ts';
import type { TaskHandle } from '../tasks.ts';
import { budgetOf } from '../volume/index.ts';
import { type UnpackLimits, unpack, unpackingMs } from './unpack.ts';

export interface PrepareOptions {
  /** The file as it came; stays as it is. */
  readonly part: string;
  readonly format?: ImageFormat | undefined;
  readonly compression?: ImageCompression | undefined;
  /** What the pool takes; others are converted to the first. */
  readonly wanted: readonly [VolumeFormat, ...VolumeFormat[]];
  readonly task: TaskHandle;
  /** Other bounds than the pool's own. */
  readonly limits?: Partial<UnpackLimits>;
}

/** A file that may become a volume: the part, or one beside it. */
export interface Prepared {
  readonly path: string;
  readonly format: VolumeFormat;
  readonly virtualSize: bigint;
}

/** Bytes per millisecond of the source that even a slow disk converts: its data is at most a hundredfold. */
const SLOWEST_COPY = 1000;
const LEAST_MS = 120_000;

/**
 * Makes of what came what a pool takes: unpacks it, reads its header with our own code, and only then lets qemu-img convert it
 * where it must, within bounds of time, memory and room. Files beside the part are made anew each time.
 * @throws RefusedImageError
 */
export async function prepareImage(options: PrepareOptions): Promise<Prepared> {
  const path = await unpackPart(options);
  options.task.report(100, 'Verifying');
  const { format, virtualSize } = await inspect(path, options.format);
  if (isWanted(format, options.wanted)) return { path, format, virtualSize };
  return convert(options, path, format, virtualSize);
}

const isWanted = (format: ImageFormat, wanted: readonly VolumeFormat[]): format is VolumeFormat =>
  (wanted as readonly string[]).includes(format);

async function inspect(path: string, declared: ImageFormat | undefined) {
  await using file = await open(path, 'r');
  return await inspectImage(file, declared);
}

/** What is declared as raw stays byte for byte unless its packing is declared too: an initial ramdisk is packed. */
async function unpackPart({ part, format, compression, task, limits }: PrepareOptions): Promise<string> {
  await using file = await open(part, 'r');
  const found = compression ?? (format === 'raw' ? 'none' : (detectCompression(await readFirst(file)) ?? 'none'));
  if (found === 'none') return part;
  task.report(0, 'Unpacking');
  const to = `${part}.unpacked`;
  const { room, capacity } = await budgetOf(dirname(part));
  const bounds = {
    room,
    size: capacity,
    milliseconds: unpackingMs((await file.stat({ bigint: true })).size),
    ...limits,
  };
  await unpack({ from: file, to, packed: found, limits: bounds, signal: task.signal });
  return to;
}

/** `backing` is null: were there a parent that our own code overlooked, it would not be opened. */
const source = (path: string, driver: string): string =>
  `json:${JSON.stringify({ driver, ...(driver !== 'vhdx' && driver !== 'raw' && { backing: null }), file: { driver: 'file', filename: path } })}`;

async function convert(
  { part, wanted: [to], task, limits }: PrepareOptions,
  path: string,
  from: ImageFormat,
  virtualSize: bigint,
): Promise<Prepared> {
  task.report(0, 'Converting');
  const target = `${part}.converted`;
  await rm(target, { force: true });
  const room = limits?.room ?? (await budgetOf(dirname(part))).room;
  const { size } = await stat(path);
  const timeoutMs = LEAST_MS + Math.ceil(size / SLOWEST_COPY);
  // A raw file has its guest's length, holes and all.
  const maxFileBytes = to === 'raw' ? virtualSize : room;
  try {
    await runQemuImg(['convert', '-p', '-O', to, source(path, from), target], {
      ...{ signal: task.signal, timeoutMs, maxFileBytes },
      onProgress: (percent) => task.report(percent, 'Converting'),
    });
  } catch (error) {
    if (!(error instanceof QemuImgError) || error.code === 'NoSpace') throw error;
    throw new RefusedImageError(`it cannot be converted to ${to}: ${error.stderr.trim() || error.message}`, {
      cause: error,
    });
  }
  await rm(`${part}.unpacked`, { force: true });
  return { path: target, format: to, virtualSize };
}
