import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ImportOptions, Manifest } from '../../../analyser/index.ts';
import { Failure } from '../../errors.ts';
import { openProgress } from '../../wait/progress.ts';
import { analyseAll, type Result } from '../results.ts';
import { findChain } from './chain.ts';
import { connectHost, type Host } from './connect.ts';
import { type Copy, type Passphrases, withOwnDisks } from './disks.ts';
import { download, remoteSize } from './download.ts';
import { flatten, type Layer, readHeader } from './flatten.ts';
import { parseRemote } from './uri.ts';
import { type Virsh, virshOn } from './virsh.ts';

export interface RemoteOptions {
  readonly from: string;
  /** All machines of the host where none is named. */
  readonly names: readonly string[];
  readonly withDisks: boolean;
  readonly shutDown: boolean;
  readonly live: boolean;
  /** Folder that keeps the copies; a temporary one, gone afterwards, where nothing is given. */
  readonly to: string | undefined;
  readonly pool: string | undefined;
  readonly passphrases: Passphrases;
  readonly note: (text: string) => void;
}

/** What came of another host. Disposing of it removes the copies that were not to stay. */
export interface Fetched extends AsyncDisposable {
  readonly results: readonly Result[];
  /** Files to be sent as the content of images. */
  readonly uploads: readonly { readonly file: string; readonly name: string }[];
}

const SHUTDOWN_MS = 300_000;

/** Reads machines of another host's libvirt, and copies their disks where that is asked for. @throws Failure */
export async function fetchMachines(options: RemoteOptions, analysis: ImportOptions): Promise<Fetched> {
  const uri = parseRemote(options.from);
  using host = await connectHost(uri, options.note);
  const virsh = virshOn(host, uri.local);
  const names = options.names.length > 0 ? options.names : await virsh.names();
  if (names.length === 0) throw new Failure('notFound', `${uri.host} has no machines at ${uri.local}`);
  const sources = [];
  for (const name of names) sources.push({ name: `${uri.host}:${name}`, bytes: Buffer.from(await virsh.xml(name)) });
  const results = await analyseAll(sources, analysis);
  if (!options.withDisks || results.some((result) => 'error' in result))
    return { results, uploads: [], ...nothingToRemove };
  return await copied({ host, virsh, names, results, options });
}

const nothingToRemove = { [Symbol.asyncDispose]: async () => {} };

interface Work {
  readonly host: Host;
  readonly virsh: Virsh;
  readonly names: readonly string[];
  readonly results: readonly Result[];
  readonly options: RemoteOptions;
}

async function copied({ host, virsh, names, results, options }: Work): Promise<Fetched> {
  const kept = options.to !== undefined;
  const folder = options.to === undefined ? await mkdtemp(join(tmpdir(), 'vmctl-import-')) : resolve(options.to);
  const remove = async (): Promise<void> => (kept ? undefined : rm(folder, { recursive: true, force: true }));
  try {
    await mkdir(folder, { recursive: true });
    const uploads: Copy[] = [];
    const changed: Result[] = [];
    for (const [index, result] of results.entries()) {
      if (!('objects' in result)) continue;
      const { pool, passphrases } = options;
      const own = withOwnDisks(result.objects as readonly Manifest[], { folder, kept, pool, passphrases });
      const { objects, copies } = own;
      await quietly(virsh, names[index] ?? '', options, () => copyAll(host, copies));
      uploads.push(...copies);
      changed.push({ ...result, objects });
    }
    const files = kept ? [] : uploads.map(({ to, image }) => ({ file: to, name: image }));
    return { results: changed, uploads: files, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Copies while the machine does not write: it is off, shut down, or, as it was asked, stands still. */
async function quietly(
  virsh: Virsh,
  name: string,
  { live, shutDown, note }: RemoteOptions,
  copy: () => Promise<void>,
): Promise<void> {
  if (!(await virsh.isRunning(name))) return copy();
  if (shutDown) {
    note(`${name}: shutting down`);
    await virsh.shutDown(name, SHUTDOWN_MS);
    return copy();
  }
  if (!live) {
    const next = 'shut it down first with --shutdown, or copy its disks as after a power cut with --live';
    throw new Failure('failed', `${name} runs: its disks change while they are copied`, next);
  }
  note(`${name}: paused while its disks are copied; they are as after a power cut`);
  await virsh.suspend(name);
  try {
    await copy();
  } finally {
    await virsh.resume(name);
  }
}

async function copyAll(host: Host, copies: readonly Copy[]): Promise<void> {
  const progress = await openProgress();
  try {
    for (const copy of copies) await copyOne(host, copy, progress);
  } finally {
    await progress.close();
  }
}

type Progress = Awaited<ReturnType<typeof openProgress>>;

/** Copies the files of a disk, and makes one of them where there are several. @throws Failure */
async function copyOne(host: Host, copy: Copy, progress: Progress): Promise<void> {
  const { to, image, where, passphrase } = copy;
  const layers = await findChain(host, copy.layers, where);
  const isPlain = layers.length === 1 && passphrase === undefined;
  const files = layers.map(({ format }, index) => ({ file: isPlain ? to : `${to}.part${index}`, format }));
  for (const [index, { path }] of layers.entries()) {
    const size = await remoteSize(host, path);
    const of = layers.length > 1 ? ` file ${index + 1} of ${layers.length}` : '';
    const show = (done: number): void =>
      progress.set({
        name: image,
        state: 'working',
        detail: `Copying${of}`,
        percent: Math.floor((done / Math.max(1, size)) * 100),
      });
    show(0);
    await download(host, path, files[index]?.file ?? to, size, show);
  }
  if (!isPlain) await joinParts(files, copy, progress);
  else if ((await readHeader(to))?.hasBacking && layers[0]?.format === 'qcow2') throw isOverlay(where, host);
  progress.set({ name: image, state: 'done', detail: 'copied', percent: 100 });
}

async function joinParts(files: readonly Layer[], { to, image, passphrase }: Copy, progress: Progress): Promise<void> {
  const detail = files.length > 1 ? `Making one of ${files.length} files` : 'Decrypting';
  progress.set({ name: image, state: 'working', detail, percent: 0 });
  try {
    await flatten(files, to, passphrase === undefined ? undefined : { file: resolve(passphrase) });
  } finally {
    for (const { file } of files) await rm(file, { force: true });
  }
}

const isOverlay = (where: string, { name }: Host): Failure =>
  new Failure(
    'failed',
    `${where} is a chain of files, and ${name} has no qemu-img that says which`,
    'install qemu-utils there, or flatten it there (virsh blockpull)',
  );
