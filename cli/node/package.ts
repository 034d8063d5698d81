import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../errors.ts';

/** The files of an executor, by their place on the other host. */
export interface Package {
  readonly files: Readonly<Record<string, string>>;
  /** Of all that they hold: two packages with the same are the same. */
  readonly digest: string;
}

const FILES = [
  'bin/vm-executor',
  'dist/vm-executor.cjs',
  'dist/vm-executor/main.cjs',
  'dist/crds.json',
  'dist/package.json',
  'package.json',
];
/** Where bin/vm-executor looks for it first. */
const NODE = 'node_modules/node/bin/node';
const DIGEST_CHARACTERS = 16;

/** What this program was installed with, Node included. @param root of the installation */
export async function executorPackage(root: string): Promise<Package> {
  const files: Record<string, string> = { [NODE]: await realpath(process.execPath) };
  for (const name of FILES) files[name] = join(root, name);
  const missing = Object.values(files).find((path) => !existsSync(path));
  if (missing) throw new Failure('failed', `${missing} is missing: this vmctl cannot give an executor to others`);
  const hash = createHash('sha256');
  for (const [name, path] of Object.entries(files)) {
    hash.update(`${name}\0`);
    await pipeline(createReadStream(path), hash, { end: false });
  }
  return { files, digest: hash.digest('hex').slice(0, DIGEST_CHARACTERS) };
}

/** A folder that looks like the package, for tar to read; removed with it. */
export async function staged({ files }: Package): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-node-'));
  for (const [name, path] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await symlink(path, join(folder, name));
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
