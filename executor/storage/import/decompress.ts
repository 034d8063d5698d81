import { spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ImageCompression } from '../../../schemas/kinds/image.ts';

type Packed = Exclude<ImageCompression, 'none'>;
/** Opens what a file holds as a stream. Its errors come out of the stream. */
type Open = (file: FileHandle, signal: AbortSignal) => Promise<Readable>;

const CHUNK_BYTES = 256 * 1024;
/** The largest window that zstd takes without being asked (2^27): a frame may demand gigabytes. */
const ZSTD_WINDOW_LOG = 27;
/** `xz -9e` needs 65 MiB to unpack; more is asked for by hand only. */
const XZ_MEMORY = '768MiB';
const XZ_ADDRESS_SPACE_BYTES = 1024 ** 3;
const MAX_SAID = 2000;

/** Loaded when an image is packed, not when the executor starts. */
const zlib = () => import('node:zlib');

const through = (file: FileHandle, unpack: NodeJS.ReadWriteStream): Readable => {
  const packed = file.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES });
  packed.on('error', (error) => (unpack as unknown as Readable).destroy(error));
  return packed.pipe(unpack) as unknown as Readable;
};

/** xz is not part of Node, so the host's own is run, within bounds of memory, and dies with us. */
const openXz: Open = async (file, signal) => {
  const bounded = ['--pdeathsig', 'KILL', '--', 'prlimit', `--as=${XZ_ADDRESS_SPACE_BYTES}`, '--'];
  const xz = ['xz', '--decompress', '--stdout', '--format=xz', '--threads=1', `--memlimit-decompress=${XZ_MEMORY}`];
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };
  const child = spawn('setpriv', [...bounded, ...xz], { stdio: [file.fd, 'pipe', 'pipe'], cwd: '/', env });
  const { stdout, stderr } = child;
  let said = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, MAX_SAID);
  });
  if (!stdout) throw new Error('xz could not be started');
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  // The stream must not end before it is known how the program did.
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  child.once('error', (error) => resolve(error));
  child.once('exit', (code) => resolve(code === 0 ? undefined : new Error(explainXz(said, code))));
  return fromProgram(stdout, promise, kill);
};

type Ended = Promise<Error | undefined>;

/** A program whose output nobody reads to its end is killed; one that has said all may end by itself. */
async function* piped(stdout: Readable, ended: Ended, kill: () => void): AsyncGenerator<Buffer> {
  let isRead = false;
  try {
    yield* stdout as AsyncIterable<Buffer>;
    isRead = true;
  } finally {
    if (!isRead) kill();
  }
  const error = await ended;
  if (error) throw error;
}

async function fromProgram(stdout: Readable, ended: Ended, kill: () => void): Promise<Readable> {
  const { Readable: From } = await import('node:stream');
  return From.from(piped(stdout, ended, kill), { objectMode: false, highWaterMark: CHUNK_BYTES });
}

function explainXz(said: string, code: number | null): string {
  if (/failed to execute|No such file/.test(said)) return 'xz is not installed on this node: install xz-utils';
  const words = said.replace(/^xz: \(stdin\): /gm, '').trim();
  return words || `xz ended with ${code ?? 'a signal'}`;
}

const openers = {
  gzip: async (file) => through(file, (await zlib()).createGunzip({ chunkSize: CHUNK_BYTES })),
  xz: openXz,
  zstd: async (file) => {
    const { constants, createZstdDecompress } = await zlib();
    const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };
    return through(file, createZstdDecompress({ chunkSize: CHUNK_BYTES, params }));
  },
} as const satisfies Record<Packed, Open>;

/** What a packed file holds, from its beginning. */
export const openPacked = (file: FileHandle, packed: Packed, signal: AbortSignal): Promise<Readable> =>
  openers[packed](file, signal);
