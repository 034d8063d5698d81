import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ApiError } from '../../schemas/client/errors.ts';
import { ensureOk, readText } from '../../schemas/client/transport.ts';
import type { Session } from '../api/connect.ts';
import { uploadPath } from '../api/subresource.ts';
import { Failure } from '../errors.ts';
import { openProgress, type Progress } from '../wait/progress.ts';

export interface Upload {
  /** A file of this machine. */
  readonly file: string;
  /** Name of the image, whose source is `upload`. */
  readonly name: string;
}

interface State {
  readonly received: number;
  readonly size?: number;
}

/** Sent in one request: a server ends a request that takes five minutes, and what came before stays. */
const PIECE_BYTES = 64 * 1024 ** 2;
const READ_BYTES = 1024 ** 2;
/** A pool that was just made, or an executor that just started, takes a moment. */
const ATTEMPTS = 25;
const RETRY_MS = 200;

/** Sends a file as the content of an image, from where an earlier attempt ended, with its progress on standard error. @throws Failure, ApiError */
export async function upload(session: Session, { file, name }: Upload): Promise<void> {
  const { size } = await stat(file);
  const progress = await openProgress();
  const leave = onInterrupt(name, progress);
  try {
    const hash = createHash('sha256');
    let { received } = await begin(session, name, size);
    await takeIn(hash, file, received);
    while (received < size || size === 0) {
      show(progress, name, received, size);
      received = (await sendPiece(session, { file, name, offset: received, size, hash, progress })).received;
      if (size === 0) break;
    }
    await session.client.call<State>(
      'POST',
      uploadPath(session.namespace, name, { checksum: `sha256:${hash.digest('hex')}` }),
    );
    progress.set({ name, state: 'done', detail: 'sent', percent: 100 });
  } finally {
    process.off('SIGINT', leave);
    await progress.close();
  }
}

function show(progress: Progress, name: string, sent: number, size: number): void {
  progress.set({ name, state: 'working', detail: 'Uploading', percent: Math.floor((sent / Math.max(1, size)) * 100) });
}

/** What was sent stays on the node, so that the same command goes on. */
function onInterrupt(name: string, progress: Progress): () => void {
  const leave = async () => {
    await progress.close();
    process.stderr.write(`stopped: the same command goes on; to give it up: vmctl delete vmi ${name}\n`);
    process.exit(130);
  };
  const listener = () => void leave();
  process.once('SIGINT', listener);
  return listener;
}

/** How much the executor has; of a file of another length it has nothing. */
async function begin(session: Session, name: string, size: number): Promise<State> {
  for (let attempt = 1; ; attempt++) {
    try {
      const state = await session.client.call<State>('GET', uploadPath(session.namespace, name));
      return state.size === size ? state : { received: 0 };
    } catch (error) {
      const early =
        error instanceof ApiError && error.code === 409 && /has not looked at it yet|not ready/.test(error.message);
      if (!early || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function takeIn(hash: Hash, file: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  for await (const chunk of createReadStream(file, { end: bytes - 1, highWaterMark: READ_BYTES })) hash.update(chunk);
}

interface Piece extends Upload {
  readonly offset: number;
  readonly size: number;
  readonly hash: Hash;
  readonly progress: Progress;
}

async function sendPiece(session: Session, piece: Piece): Promise<State> {
  const { name, offset, size, file } = piece;
  const length = Math.min(PIECE_BYTES, size - offset);
  const path = uploadPath(session.namespace, name, { offset, size });
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(length) };
  const body = Readable.from(read(piece, length), { objectMode: false });
  const response = await ensureOk(await session.client.transport.open({ method: 'PUT', path, headers, body }));
  const state = JSON.parse(await readText(response)) as State;
  if (state.received === offset + length) return state;
  throw new Failure(
    'failed',
    `${file} became shorter while it was sent`,
    'see that nobody writes to it, and try again',
  );
}

async function* read({ file, offset, hash, progress, name, size }: Piece, length: number): AsyncGenerator<Buffer> {
  if (length === 0) return;
  let sent = offset;
  const end = offset + length - 1;
  for await (const chunk of createReadStream(file, { start: offset, end, highWaterMark: READ_BYTES })) {
    hash.update(chunk as Buffer);
    yield chunk as Buffer;
    sent += (chunk as Buffer).length;
    show(progress, name, sent, size);
  }
}
