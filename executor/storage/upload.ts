import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../host/atomic.ts';
import { DownloadRefusedError } from './download/index.ts';
import { StreamWriter } from './stream-writer.ts';
import type { TaskHandle } from './tasks.ts';
import { budgetOf, NoSpaceError, removePart } from './volume/index.ts';

/** What is kept beside the part of an upload. */
interface UploadRecord {
  readonly upload: true;
  /** Bytes of the whole. */
  readonly size: number;
  /** Of the whole, said by the sender at the end: then it is complete. */
  readonly checksum?: string;
}

/** How far an upload is. */
export interface UploadState {
  readonly received: number;
  readonly size: number | undefined;
  readonly checksum: string | undefined;
}

const recordPath = (part: string): string => `${part}.json`;

/** Looks how far an upload is; what an earlier executor took counts. */
export async function uploadState(part: string): Promise<UploadState> {
  try {
    const record = JSON.parse(await readFile(recordPath(part), 'utf8')) as Partial<UploadRecord>;
    const { size: received } = await stat(part);
    return record.upload ? { received, size: record.size, checksum: record.checksum } : NOTHING;
  } catch {
    return NOTHING;
  }
}

const NOTHING: UploadState = { received: 0, size: undefined, checksum: undefined };

const record = (part: string, content: Omit<UploadRecord, 'upload'>): Promise<void> =>
  writeFileAtomic(recordPath(part), JSON.stringify({ upload: true, ...content }), { durable: false });

/** Takes a piece of a file that lies at an offset. The bytes that came stay when the connection breaks. @throws NoSpaceError */
export async function receivePiece(
  part: string,
  { offset, size }: { offset: number; size: number },
  body: AsyncIterable<Buffer>,
): Promise<void> {
  await requireRoom(part, BigInt(size - offset));
  if (offset === 0) await record(part, { size });
  await using file = await open(part, offset === 0 ? 'w' : 'r+', 0o600);
  const writer = new StreamWriter(file, offset);
  let position = offset;
  try {
    for await (const chunk of body) {
      position += chunk.length;
      if (position > size) throw new RangeError(`more than the ${size} bytes came that were announced`);
      await writer.write(chunk);
    }
    await writer.end();
  } catch (error) {
    await writer.end().catch(() => {});
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    await removePart({ part });
    throw new NoSpaceError(`no space is left for ${part}: free space in the pool`);
  }
}

async function requireRoom(part: string, bytes: bigint): Promise<void> {
  const { room } = await budgetOf(dirname(part));
  if (bytes <= room) return;
  throw new NoSpaceError(`${bytes} bytes are to come, and only ${room} are free in the pool: make room in it`);
}

/** Writes down that all of it came, and what it must be. */
export const finishUpload = (part: string, size: number, checksum: string): Promise<void> =>
  record(part, { size, checksum });

/** Reads an upload once more and compares it with what its sender, and the spec, say. @returns `sha256:…` @throws DownloadRefusedError */
export async function verifyUpload(
  part: string,
  wanted: string | undefined,
  { signal, report }: TaskHandle,
): Promise<string> {
  const { size = 0, checksum } = await uploadState(part);
  const expected = [checksum, wanted].filter((one) => one !== undefined);
  const hashes = new Map(
    ['sha256', ...expected.map((one) => one.split(':', 1)[0] ?? '')].map((name) => [name, createHash(name)]),
  );
  let done = 0;
  for await (const chunk of createReadStream(part, { highWaterMark: 1024 ** 2, signal }) as AsyncIterable<Buffer>) {
    for (const hash of hashes.values()) hash.update(chunk);
    done += chunk.length;
    report(Math.floor((done / Math.max(1, size)) * 100), 'Verifying');
  }
  const found = new Map([...hashes].map(([name, hash]) => [name, `${name}:${hash.digest('hex')}`]));
  const wrong = expected.find((one) => found.get(one.split(':', 1)[0] ?? '') !== one);
  if (wrong === undefined) return found.get('sha256') ?? '';
  const actual = found.get(wrong.split(':', 1)[0] ?? '');
  throw new DownloadRefusedError(
    'ChecksumMismatch',
    `the checksum is ${actual}, not ${wrong}, for the upload: send it again`,
  );
}
