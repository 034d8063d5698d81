import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ImportOptions, Manifest } from '../../../analyser/index.ts';
import { Failure } from '../../errors.ts';
import { openProgress } from '../../wait/progress.ts';
import { analyseAll, type Result } from '../results.ts';
import { connectHost, type Host } from './connect.ts';
import { type Copy, withOwnDisks } from './disks.ts';
import { download, remoteSize } from './download.ts';
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
      const { objects, copies } = withOwnDisks(result.objects as readonly Manifest[], folder, kept, options.pool);
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
    for (const { from, to, image } of copies) {
      const size = await remoteSize(host, from);
      const show = (done: number): void =>
        progress.set({
          name: image,
          state: 'working',
          detail: 'Copying',
          percent: Math.floor((done / Math.max(1, size)) * 100),
        });
      show(0);
      await download(host, from, to, size, show);
      progress.set({ name: image, state: 'done', detail: 'copied', percent: 100 });
    }
  } finally {
    await progress.close();
  }
}
