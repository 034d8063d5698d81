import { constants } from 'node:fs';
import { copyFile, link, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Failure } from '../errors.ts';

/** A file where the executor may import from. */
export interface Staged extends AsyncDisposable {
  readonly path: string;
  /** True where it was put there only for this import. */
  readonly isTemporary: boolean;
}

const keep = async (): Promise<void> => {};

/** Same file where both folders are on one file system, else a copy (which shares its blocks where the file system can). */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}

/** Puts a file into the folder of a home that images may be imported from. @throws Failure where there is no such file */
export async function stageImport(file: string, home: string): Promise<Staged> {
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined || !(await stat(real)).isFile())
    throw new Failure('notFound', `there is no file ${file}`, 'give a file of this machine, or an http or https URL');
  const folder = join(home, 'import');
  if (real.startsWith(`${folder}/`)) return { path: real, isTemporary: false, [Symbol.asyncDispose]: keep };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${process.pid}-${basename(real)}`);
  await place(real, path);
  return { path, isTemporary: true, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}
