import type { VirtualMachineImage, VirtualMachineImageSpec } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import { DownloadRefusedError, downloadApart, fetchChecksum } from '../../storage/download/index.ts';
import { copyFile } from '../../storage/import/copy.ts';
import { openImport } from '../../storage/import/open.ts';
import { fetchArtifact } from '../../storage/registry/manifest.ts';
import { pull } from '../../storage/registry/pull.ts';
import { verifyUpload } from '../../storage/upload.ts';
import { budgetOf, requireSpace } from '../../storage/volume/index.ts';
import { namespaceOf } from '../common/object.ts';
import { openRegistry } from './credentials.ts';
import type { Locate, Located, Source, SourceType } from './source.ts';
import { locateDisk } from './source-disk.ts';

const locateHttp: Locate<'http'> = async (
  { settings: { helper } },
  { url, checksum: given, checksumUrl },
  _image,
  signal,
) => {
  const checksum = given ?? (checksumUrl === undefined ? undefined : await fetchChecksum(checksumUrl, url, { signal }));
  return {
    content: checksum,
    async fetch({ part, folder }, task) {
      const { room: maxBytes } = await budgetOf(folder);
      const onProgress = (percent: number) => task.report(percent, 'Downloading');
      return (await downloadApart(helper, { url, checksum, part, maxBytes, signal: task.signal, onProgress })).sha256;
    },
  };
};

const locateFile: Locate<'file'> = async ({ settings }, { path, checksum }) => ({
  content: checksum,
  async fetch({ part, folder }, { signal, report }) {
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
  },
});

const locateOci: Locate<'oci'> = async (context, source, image, signal) => {
  const registry = await openRegistry(context, namespaceOf(image), source, signal);
  const artifact = await fetchArtifact(registry, context.facts.architecture);
  const { path } = source;
  return {
    content: `${artifact.digest}${path ?? ''}`,
    fetch: ({ part }, task) => pull({ registry, artifact, path, part, task, helper: context.settings.helper }),
  };
};

const locateUpload: Locate<'upload'> = async (_context, { checksum }) => ({
  fetch: ({ part }, task) => verifyUpload(part, checksum, task),
});

const locators = {
  http: locateHttp,
  file: locateFile,
  oci: locateOci,
  disk: locateDisk,
  upload: locateUpload,
} as const satisfies { readonly [T in SourceType]: Locate<T> };

/** Which member of the source is set. */
export const sourceType = ({ source }: VirtualMachineImageSpec): SourceType | undefined =>
  (Object.keys(locators) as SourceType[]).find((type) => source[type] !== undefined);

/** What a person calls the source. */
export const sourceName = ({ source: { http, file, oci, disk } }: VirtualMachineImageSpec): string =>
  http?.url ?? file?.path ?? oci?.reference ?? (disk ? `the disk ${disk.name}` : 'the upload');

/** Asks a source what it has. @throws what its kind of source says */
export async function locate(context: Context, image: VirtualMachineImage, signal: AbortSignal): Promise<Located> {
  const type = sourceType(image.spec);
  if (type === undefined) throw new Error('the image has no source');
  const ask = locators[type] as Locate<SourceType>;
  return ask(context, image.spec.source[type] as Source<SourceType>, image, signal);
}
