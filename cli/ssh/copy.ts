import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { SFTPWrapper, Stats } from 'ssh2';
import { Failure, usage } from '../errors.ts';
import { printable } from '../output/table.ts';
import type { Ssh } from './connect.ts';

export interface CopyOptions {
  readonly recursive: boolean;
  /** Told as the bytes of one file arrive. */
  readonly progress: (name: string, done: number, total: number) => void;
}

export const openSftp = ({ client }: Ssh): Promise<SFTPWrapper> =>
  new Promise((resolve, reject) => {
    client.sftp((error, sftp) =>
      error
        ? reject(new Failure('failed', `the guest copies no files: ${error.message}; it needs an SFTP server`))
        : resolve(sftp),
    );
  });

const NO_SUCH_FILE = 2;

async function remoteStat(sftp: SFTPWrapper, path: string): Promise<Stats | undefined> {
  const ask = promisify((at: string, done: (error: Error | null | undefined, stats: Stats) => void) =>
    sftp.stat(at, done),
  );
  return ask(path).catch((error: Error & { code?: number }) => {
    if (error.code === NO_SUCH_FILE) return undefined;
    throw error;
  });
}

function counted(name: string, total: number, { progress }: CopyOptions): Transform {
  let done = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      progress(name, done, total);
      next(null, chunk);
    },
  });
}

/** Copies a file or a folder of ours into the guest. */
export async function upload(sftp: SFTPWrapper, from: string, to: string, options: CopyOptions): Promise<void> {
  const source = await stat(from).catch(() => {
    throw new Failure('notFound', `there is no ${from} here`);
  });
  const at = await remoteStat(sftp, to);
  await put(sftp, from, at?.isDirectory() ? posix.join(to, basename(from)) : to, source, options);
}

async function put(
  sftp: SFTPWrapper,
  from: string,
  to: string,
  source: { isDirectory(): boolean; size: number; mode: number },
  options: CopyOptions,
) {
  if (!source.isDirectory()) {
    const target = sftp.createWriteStream(to, { mode: source.mode & 0o777 });
    return pipeline(createReadStream(from), counted(basename(from), source.size, options), target);
  }
  if (!options.recursive) throw usage(`${from} is a folder`, 'copy folders with --recursive');
  if (!(await remoteStat(sftp, to)))
    await promisify((path: string, done: (error?: Error | null) => void) => sftp.mkdir(path, done))(to);
  for (const name of await readdir(from)) {
    await put(sftp, join(from, name), posix.join(to, name), await stat(join(from, name)), options);
  }
}

/** Copies a file or a folder of the guest to us. */
export async function download(sftp: SFTPWrapper, from: string, to: string, options: CopyOptions): Promise<void> {
  const source = await remoteStat(sftp, from);
  if (!source) throw new Failure('notFound', `there is no ${from} in the guest`);
  const here = await stat(to).catch(() => undefined);
  await fetch(sftp, from, here?.isDirectory() ? join(to, posix.basename(from)) : to, source, options);
}

/** The names in a folder of a guest are its own: one that leads elsewhere is not followed. */
function ownName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return name;
  throw new Failure('refused', `the guest names a file "${printable(name)}", which would be written somewhere else`);
}

async function fetch(sftp: SFTPWrapper, from: string, to: string, source: Stats, options: CopyOptions): Promise<void> {
  if (!source.isDirectory()) {
    const target = createWriteStream(to, { mode: source.mode & 0o777 });
    return pipeline(sftp.createReadStream(from), counted(posix.basename(from), source.size, options), target);
  }
  if (!options.recursive) throw usage(`${from} is a folder`, 'copy folders with --recursive');
  await mkdir(to, { recursive: true });
  const list = await promisify(
    (path: string, done: (error: Error | undefined, names: { filename: string }[]) => void) => sftp.readdir(path, done),
  )(from);
  for (const { filename } of list) {
    const path = posix.join(from, ownName(filename));
    const stats = await remoteStat(sftp, path);
    if (stats) await fetch(sftp, path, join(to, filename), stats, options);
  }
}
