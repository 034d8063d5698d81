import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { resourceOf } from '../../schemas/client/paths.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import { kindNames } from '../../schemas/kinds/names.ts';
import { notFound, StatusError } from '../apiserver/status-error.ts';
import type { SubresourceHandler } from '../apiserver/subresources.ts';
import type { Context } from '../controller/types.ts';
import { type CopySource, resolveSource } from '../kinds/virtualmachinedisk/source.ts';
import { convertVolume, type VolumeFormat } from '../storage/qemu-img/index.ts';
import { requireSpace } from '../storage/volume/index.ts';
import type { HostOf } from './host.ts';

const FORMATS: readonly string[] = ['qcow2', 'raw'] satisfies VolumeFormat[];
const PREFIX = '.export-';
const LONGEST_MS = 86_400_000;

/** `GET …/virtualmachinesnapshots/NAME/export?disk=root&format=qcow2`: a disk as the snapshot holds it, whole in one file. */
export const exportHandler = (host: HostOf): SubresourceHandler => ({
  async http(request, response, { namespace, name, query }) {
    const { context } = host();
    const format = query.get('format') ?? 'qcow2';
    if (!FORMATS.includes(format)) {
      throw new StatusError(400, 'BadRequest', `there is no format ${format}: use ${FORMATS.join(' or ')}`);
    }
    const source = sourceOf(context, namespace, name, query.get('disk') ?? '');
    const abort = new AbortController();
    request.once('close', () => abort.abort(new Error('nobody waits for the export any more')));
    await using file = await convert(source, format as VolumeFormat, abort.signal);
    await stream(response, file);
  },
});

function sourceOf(context: Context, namespace: string, name: string, disk: string): CopySource {
  const snapshot = context.store.get('VirtualMachineSnapshot', { namespace, name });
  if (!snapshot) throw notFound(resourceOf(kindNames.VirtualMachineSnapshot), name);
  const asked = { metadata: { namespace, name }, spec: { format: 'qcow2', source: { snapshot: { name, disk } } } };
  const source = resolveSource(context, asked as VirtualMachineDisk);
  if (source.type === 'copy' && !source.encryption) return source;
  const why =
    source.type === 'waiting' ? source.message : 'an encrypted disk is exported by nobody: its content would be plain';
  throw new StatusError(409, 'Conflict', why);
}

/** In the folder of what is copied, which has the room if any has; the file has no name any more once it is whole. */
async function convert(
  { from, tag, size }: CopySource,
  format: VolumeFormat,
  signal: AbortSignal,
): Promise<FileHandle> {
  const folder = dirname(from.path);
  await sweep(folder);
  await requireSpace(folder, size);
  const path = join(folder, `${PREFIX}${process.pid}-${randomUUID()}.part`);
  try {
    const options = { from, to: { path, format }, shared: true, ...(tag !== undefined && { snapshot: tag }) };
    await convertVolume(options, { signal, timeoutMs: LONGEST_MS });
    return await open(path, 'r');
  } finally {
    await rm(path, { force: true });
  }
}

/** What an executor left that was killed. */
async function sweep(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter(
    (one) => one.startsWith(PREFIX) && !one.startsWith(`${PREFIX}${process.pid}-`),
  );
  await Promise.all(left.map((one) => rm(join(folder, one), { force: true })));
}

async function stream(response: ServerResponse, file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
  await pipeline(createReadStream('', { fd: file, autoClose: false }), response);
}
