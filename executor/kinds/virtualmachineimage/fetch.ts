import type { VirtualMachineImageSpec } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import { DownloadRefusedError, download } from '../../storage/download/index.ts';
import { copyFile } from '../../storage/import/copy.ts';
import { openImport } from '../../storage/import/open.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
import { availableBytes, requireSpace, type VolumePaths } from '../../storage/volume/index.ts';

export type SourceType = keyof VirtualMachineImageSpec['source'];

type Source<T extends SourceType> = NonNullable<VirtualMachineImageSpec['source'][T]>;

/** Brings a source's bytes into the part and answers with their digest, `sha256:…`. */
type Fetch<T extends SourceType> = (
  context: Context,
  source: Source<T>,
  paths: VolumePaths,
  task: TaskHandle,
) => Promise<string>;

const fetchHttp: Fetch<'http'> = async (_context, { url, checksum }, { part, folder }, { signal, report }) => {
  const maxBytes = await availableBytes(folder);
  return (await download({ url, checksum, part, maxBytes, signal, onProgress: report })).sha256;
};

const fetchFile: Fetch<'file'> = async ({ settings }, { path, checksum }, { part, folder }, { signal, report }) => {
  const from = await openImport(path, settings.importFolders);
  try {
    const { blocks } = await from.stat({ bigint: true });
    await requireSpace(folder, blocks * 512n);
    const { sha256, mismatch } = await copyFile({ from, to: part, checksum, signal, onProgress: report });
    if (mismatch === undefined) return sha256;
    throw new DownloadRefusedError('ChecksumMismatch', `${mismatch}, for ${path}: correct the checksum, or the file`);
  } finally {
    await from.close();
  }
};

/** Nothing where a source is in the language and not in this executor. */
const fetchers: { readonly [T in SourceType]: Fetch<T> | undefined } = {
  http: fetchHttp,
  file: fetchFile,
  oci: undefined,
  disk: undefined,
  upload: undefined,
};

/** Which member of the source is set. */
export const sourceType = ({ source }: VirtualMachineImageSpec): SourceType | undefined =>
  (Object.keys(fetchers) as SourceType[]).find((type) => source[type] !== undefined);

export const isSupported = (type: SourceType | undefined): boolean =>
  type !== undefined && fetchers[type] !== undefined;

export async function fetchSource(
  context: Context,
  { source }: VirtualMachineImageSpec,
  paths: VolumePaths,
  task: TaskHandle,
): Promise<string> {
  if (source.http) return fetchHttp(context, source.http, paths, task);
  if (source.file) return fetchFile(context, source.file, paths, task);
  throw new Error('the source of the image is not supported');
}
