import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { BlockingWriter } from '../blocking-writer.ts';
import { createDigests, type Digests } from '../checksum.ts';
import { StreamWriter } from '../stream-writer.ts';
import { DownloadFailedError, DownloadRefusedError } from './errors.ts';
import { findResume, forgetPart, type Resume, recordPart } from './partial.ts';
import { type GetOptions, get } from './request.ts';

export interface DownloadOptions extends Pick<GetOptions, 'headers' | 'signal' | 'idleMs' | 'resolve'> {
  readonly url: string;
  /** File that takes the bytes; one that a former attempt left is gone on with where the server agrees. */
  readonly part: string;
  readonly checksum?: string | undefined;
  /** More is refused, by the server's word before it comes and by count while it does. */
  readonly maxBytes: bigint;
  /** Whether this process has nothing else to do, and may wait for the disk. */
  readonly alone?: boolean;
  /** Percent, where the server says how much it is; called for every change of it. */
  readonly onProgress?: ((percent: number) => void) | undefined;
}

export interface Downloaded {
  readonly bytes: number;
  /** `sha256:…` */
  readonly sha256: string;
}

/**
 * Downloads into `part` until all of it is there and its checksum is right. The caller makes it durable and gives it its name.
 * @throws DownloadRefusedError when the part is worth nothing, DownloadFailedError when another attempt can go on with it
 */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  try {
    return await attempt(options);
  } catch (error) {
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    if (full || error instanceof DownloadRefusedError) await discard(options.part);
    if (!full) throw error;
    throw new DownloadFailedError('NoSpace', `no space is left for ${options.part}: free space in the pool`, {
      cause: error,
    });
  }
}

async function attempt(options: DownloadOptions): Promise<Downloaded> {
  const resume = await findResume(options.part, options.url);
  if (options.checksum !== undefined && resume && resume.offset === resume.total)
    return judgePart(options, resume.total);
  const { response, offset } = await begin(options, resume);
  const total = expectedBytes(response, offset);
  if (total !== undefined && BigInt(total) > options.maxBytes) throw tooLarge(options, total, response);
  await recordPart(options.part, { url: options.url, etag: response.headers.etag, total });
  const digests = createDigests(options.checksum);
  if (offset > 0) await takeIn(digests, options.part, offset);
  const file = await open(options.part, offset > 0 ? 'r+' : 'w', 0o600);
  try {
    const bytes = await receive(response, { ...options, file, offset, total, digests });
    return judge(options, bytes, digests);
  } finally {
    await file.close();
  }
}

/** All of it came before an executor ended that had not yet made an image of it. */
async function judgePart(options: DownloadOptions, bytes: number): Promise<Downloaded> {
  const digests = createDigests(options.checksum);
  await takeIn(digests, options.part, bytes);
  return judge(options, bytes, digests);
}

/** Asks for the rest, or for all of it when there is no rest to be had. */
async function begin(options: DownloadOptions, resume: Resume | undefined) {
  const range = resume && { range: `bytes=${resume.offset}-`, 'if-range': resume.validator };
  const response = await get(options.url, {
    ...options,
    verified: options.checksum !== undefined,
    headers: { ...options.headers, ...range },
  });
  const status = response.statusCode ?? 0;
  if (resume && status === 206 && continues(response, resume)) return { response, offset: resume.offset };
  if (status === 200) return { response, offset: 0 };
  response.destroy();
  if (resume) return begin(options, undefined);
  throw new DownloadFailedError('ServerError', `${options.url} answered with HTTP ${status} ${response.statusMessage}`);
}

/** The rest of other content would make a file that nobody ever had: its length and its validator must be the same. */
function continues({ headers }: IncomingMessage, { offset, validator, total }: Resume): boolean {
  const [, first, whole] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  const isLong = total === undefined || whole === '*' || Number(whole) === total;
  return Number(first) === offset && isLong && (headers.etag ?? validator) === validator;
}

function expectedBytes({ headers }: IncomingMessage, offset: number): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : offset + Number(length);
}

interface Reception extends DownloadOptions {
  readonly file: FileHandle;
  readonly offset: number;
  readonly total: number | undefined;
  readonly digests: Digests;
}

async function receive(response: IncomingMessage, to: Reception): Promise<number> {
  const writer = to.alone ? new BlockingWriter(to.file, to.offset) : new StreamWriter(to.file, to.offset);
  const most = Number(to.maxBytes);
  let bytes = to.offset;
  try {
    for await (const chunk of chunksOf(response, to)) {
      if (bytes + chunk.length > most) throw endless(to, response);
      await writer.write(chunk);
      to.digests.update(chunk);
      bytes += chunk.length;
      if (to.total) to.onProgress?.(Math.floor((bytes / to.total) * 100));
    }
  } finally {
    // What came before a cut is gone on with.
    await writer.end();
  }
  await to.file.truncate(bytes);
  if (to.total !== undefined && bytes !== to.total) throw cut(to, bytes);
  return bytes;
}

/** A connection that breaks and one that falls silent are the same to us: the rest can still be fetched. */
async function* chunksOf(response: IncomingMessage, to: Reception): AsyncGenerator<Buffer> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (cause) {
    if (to.signal?.aborted) throw to.signal.reason;
    throw cut(to, undefined, cause as Error);
  }
}

async function takeIn(digests: Digests, part: string, bytes: number): Promise<void> {
  for await (const chunk of createReadStream(part, { end: bytes - 1 })) digests.update(chunk as Buffer);
}

function judge({ url }: DownloadOptions, bytes: number, digests: Digests): Downloaded {
  const { sha256, mismatch } = digests.finish();
  if (mismatch === undefined) return { bytes, sha256 };
  throw new DownloadRefusedError(
    'ChecksumMismatch',
    `${mismatch}, for the ${bytes} bytes of ${url}: correct the checksum, or the URL`,
  );
}

async function discard(part: string): Promise<void> {
  await forgetPart(part);
  await rm(part, { force: true });
}

function tooLarge({ url, maxBytes }: DownloadOptions, total: number, response: IncomingMessage): DownloadRefusedError {
  response.destroy();
  return new DownloadRefusedError(
    'TooLarge',
    `${url} has ${total} bytes, and only ${maxBytes} bytes are free: make room in the pool`,
  );
}

/** One that says no length, or a false one: to try it again would fill the pool again. */
function endless({ url, maxBytes }: DownloadOptions, response: IncomingMessage): DownloadRefusedError {
  response.destroy();
  return new DownloadRefusedError(
    'EndlessBody',
    `${url} does not say how long it is, and goes on after the ${maxBytes} bytes that are free: make room in the pool, or look what it serves`,
  );
}

function cut({ url, total }: Reception, bytes: number | undefined, cause?: Error): DownloadFailedError {
  const came = bytes === undefined ? '' : ` after ${bytes} of ${total} bytes`;
  const why = cause ? ` (${cause.message})` : '';
  return new DownloadFailedError(
    'DownloadCut',
    `the download of ${url} was cut${came}${why}; it goes on where it ended`,
    { cause },
  );
}
