import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { WebSocket } from 'ws';
import { resourceOf } from '../../schemas/client/paths.ts';
import { closeWith } from '../../schemas/client/tunnel.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import { kindNames } from '../../schemas/kinds/names.ts';
import { notFound, StatusError } from '../apiserver/status-error.ts';
import type { SubresourceContext, SubresourceHandler } from '../apiserver/subresources.ts';
import type { Context } from '../controller/types.ts';
import { type CopySource, resolveSource } from '../kinds/virtualmachinedisk/source.ts';
import { convertVolume, type VolumeFormat } from '../storage/qemu-img/index.ts';
import { requireSpace } from '../storage/volume/index.ts';
import type { AccessHost, HostOf } from './host.ts';
import { acceptWebSocket } from './upgrade.ts';

const FORMATS: readonly string[] = ['qcow2', 'raw'] satisfies VolumeFormat[];
const PREFIX = '.export-';
const LONGEST_MS = 86_400_000;
const PING_MS = 20_000;
/** RFC 6455, 7.4.1. */
const BROKEN = 1011;
const GONE = new Error('nobody waits for the export any more');

interface Wanted {
  readonly source: CopySource;
  readonly format: VolumeFormat;
}

/** @throws StatusError 400, 404, 409 */
function wanted({ context }: AccessHost, { namespace, name, query }: SubresourceContext): Wanted {
  const format = query.get('format') ?? 'qcow2';
  if (!FORMATS.includes(format)) {
    throw new StatusError(400, 'BadRequest', `there is no format ${format}: use ${FORMATS.join(' or ')}`);
  }
  const source = sourceOf(context, namespace, name, query.get('disk') ?? '');
  return { source, format: format as VolumeFormat };
}

/**
 * `…/virtualmachinesnapshots/NAME/export?disk=root&format=qcow2`: a disk as the snapshot holds it, whole in one file. By GET, or
 * as a WebSocket, since an API server ends a GET after a minute: a text message `{"size": BYTES}`, then the bytes in
 * binary messages; what fails after the start is the reason of the close.
 */
export const exportHandler = (host: HostOf): SubresourceHandler => ({
  async http(request, response, context) {
    const { source, format } = wanted(host(), context);
    const abort = new AbortController();
    request.once('close', () => abort.abort(GONE));
    await using file = await convert(source, format, abort.signal);
    await stream(response, file);
  },
  async upgrade(request, connection, head, context) {
    const { source, format } = wanted(host(), context);
    const socket = await acceptWebSocket(request, connection, head);
    const abort = new AbortController();
    socket.once('close', () => abort.abort(GONE));
    // Nothing is sent while the disk is converted, and what stands between may take that for an end.
    const alive = setInterval(() => socket.ping(), PING_MS);
    try {
      await using file = await convert(source, format, abort.signal);
      await sendFile(socket, file);
    } catch (error) {
      closeWith(socket, BROKEN, (error as Error).message);
    } finally {
      clearInterval(alive);
    }
  },
});

async function sendFile(socket: WebSocket, file: FileHandle): Promise<void> {
  const { createWebSocketStream } = await import('ws');
  const { size } = await file.stat();
  socket.send(JSON.stringify({ size }));
  await pipeline(createReadStream('', { fd: file, autoClose: false }), createWebSocketStream(socket));
}

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
