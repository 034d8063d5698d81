import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DownloadRefusedError, downloadApart, type Helper } from '../download/index.ts';
import type { TaskHandle } from '../tasks.ts';
import { budgetOf } from '../volume/index.ts';
import { extractDisk } from './container-disk.ts';
import { RegistryError } from './errors.ts';
import type { Artifact, Descriptor } from './manifest.ts';
import type { Registry } from './registry.ts';

export interface PullOptions {
  readonly registry: Registry;
  readonly artifact: Artifact;
  /** File inside the layers; the only one below /disk where nothing is given. */
  readonly path?: string | undefined;
  readonly part: string;
  readonly task: TaskHandle;
  readonly helper?: Helper;
}

/** Layers of a file system are archives; anything else is the file itself. */
const isArchive = ({ mediaType }: Descriptor): boolean => /\btar\b|\.tar\./.test(mediaType);

/** Brings the disk of an artifact into the part. @returns its digest. @throws RegistryError, RefusedImageError, DownloadFailedError */
export async function pull(options: PullOptions): Promise<string> {
  const { layers } = options.artifact;
  const [only] = layers;
  if (only && layers.length === 1 && !isArchive(only)) return (await fetchBlob(options, only, options.part)).sha256;
  if (!layers.every(isArchive)) {
    throw new RegistryError(
      'ArtifactRefused',
      `the artifact holds ${layers.length} files: one disk alone is taken, or layers with a file below /disk`,
    );
  }
  return pullLayers(options);
}

/** The uppermost layer that has the disk counts: it hides those below. */
async function pullLayers(options: PullOptions): Promise<string> {
  const { artifact, part, path, task } = options;
  const blob = `${part}.layer`;
  try {
    for (const layer of artifact.layers.toReversed()) {
      await fetchBlob(options, layer, blob);
      task.report(0, 'Unpacking');
      const digest = await extractDisk({ layer: blob, to: part, path, signal: task.signal });
      if (digest !== undefined) return digest;
    }
  } catch (error) {
    if (!(error instanceof DownloadRefusedError || isPassing(error))) await rm(part, { force: true });
    throw error;
  }
  const where = path === undefined ? 'no file below /disk, as a container disk has' : `no file ${path}`;
  throw new RegistryError('ArtifactRefused', `the artifact has ${where}: name it with path`);
}

const isPassing = (error: unknown): boolean => (error as Error).name === 'DownloadFailedError';

/** A blob is named by its digest, so whoever serves it in the end, over whatever, cannot change it. */
async function fetchBlob({ registry, task, helper }: PullOptions, { digest, size }: Descriptor, part: string) {
  const { room: maxBytes } = await budgetOf(dirname(part));
  const url = registry.url(`blobs/${digest}`);
  const { bytes, sha256 } = await downloadApart(helper, {
    ...{ url, checksum: digest, part, maxBytes, headers: registry.headers, signal: task.signal },
    onProgress: (percent) => task.report(percent, 'Downloading'),
  });
  if (bytes === size) return { sha256 };
  throw new RegistryError('ArtifactRefused', `the manifest says ${size} bytes of ${digest}, and there are ${bytes}`);
}
