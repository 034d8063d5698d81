import type { IncomingMessage, ServerResponse } from 'node:http';
import { resourceOf } from '../../../schemas/client/paths.ts';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import { badRequest, notFound, StatusError } from '../../apiserver/status-error.ts';
import type { SubresourceContext, SubresourceHandler, Subresources } from '../../apiserver/subresources.ts';
import type { Context } from '../../controller/types.ts';
import { finishUpload, receivePiece, type UploadState, uploadState } from '../../storage/upload.ts';
import { isThere, makeFolder, NoSpaceError, volumePaths } from '../../storage/volume/index.ts';
import { holdObject, isDeleting, keyOf, readFresh, uidOf } from '../common/object.ts';
import { usablePool } from '../virtualmachinestoragepool/usable.ts';
import { imageOwner } from './owner.ts';

export interface UploadHost {
  readonly context: Context;
}

/** Where an upload goes. */
interface Place {
  readonly image: VirtualMachineImage;
  readonly pool: string;
  readonly part: string;
}

const KIND = 'VirtualMachineImage';
const CHECKSUM = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
/** A status is written at most so often for what comes in. */
const TELL_MS = 1000;

const conflict = (message: string): StatusError => new StatusError(409, 'Conflict', message);

/**
 * `…/virtualmachineimages/NAME/upload`, for images whose source is `upload`. GET says how much has come; PUT
 * `?offset=N&size=TOTAL` takes a piece of the file that begins where the last one ended; POST `?checksum=sha256:…` says that
 * it was the last. Each answers `{received, size}`. What came stays when the connection breaks, and when the executor ends.
 */
export function uploadHandler(host: () => UploadHost): SubresourceHandler {
  /** Images that a piece is coming for: two writers would mix their bytes. */
  const busy = new Set<string>();

  async function take(request: IncomingMessage, place: Place, query: URLSearchParams): Promise<UploadState> {
    const uid = uidOf(place.image);
    if (busy.has(uid))
      throw conflict(`somebody is sending ${place.image.metadata.name} already: wait, or see that he stops`);
    busy.add(uid);
    try {
      return await receive(host().context, request, place, query);
    } finally {
      busy.delete(uid);
    }
  }

  const methods: Readonly<Record<string, typeof take>> = {
    GET: async (_request, { part }) => uploadState(part),
    PUT: take,
    POST: (_request, place, query) => finish(host().context, place, query),
  };

  return {
    async http(request, response, where) {
      const method = methods[request.method ?? ''];
      if (!method) throw new StatusError(405, 'MethodNotAllowed', 'an upload takes GET, PUT and POST');
      const place = await locate(host(), where);
      answer(response, await method(request, place, where.query));
    },
  };
}

/** The subresources of images that the embedded API serves. The host is asked for with each request: it comes later. */
export const imageSubresources = (host: () => UploadHost): Subresources =>
  new Map([['virtualmachineimages/upload', uploadHandler(host)]]);

function answer(response: ServerResponse, { received, size }: UploadState): void {
  const body = JSON.stringify({ received, ...(size !== undefined && { size }) });
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(body);
}

/** @throws StatusError when there is no such image, or it takes no upload */
async function locate({ context }: UploadHost, { namespace, name }: SubresourceContext): Promise<Place> {
  // One that was made a moment ago has not come by the watch yet.
  const image = context.store.get(KIND, { namespace, name }) ?? (await readFresh(context, KIND, { namespace, name }));
  if (!image || isDeleting(image)) throw notFound(resourceOf(kindNames.VirtualMachineImage), name);
  if (!image.spec.source.upload) throw conflict(`the image ${name} has another source than an upload`);
  const pool = usablePool(context, image.spec.pool);
  if (pool.path === undefined) throw conflict(pool.message);
  if (image.status?.phase === 'Failed') {
    throw conflict(`the upload of ${name} has failed: delete the image and make it anew`);
  }
  const paths = volumePaths(pool.path, 'images', imageOwner(image), 'raw');
  for (const format of ['qcow2', 'raw'] as const) {
    const { volume } = volumePaths(pool.path, 'images', imageOwner(image), format);
    if (await isThere(volume)) throw conflict(`the image ${name} is there already: give another name`);
  }
  await makeFolder(paths);
  return { image, pool: pool.path, part: paths.part };
}

function count(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(`${name} must be a whole number of bytes, not "${text}"`);
}

async function receive(
  context: Context,
  request: IncomingMessage,
  { image, part }: Place,
  query: URLSearchParams,
): Promise<UploadState> {
  const [offset, size] = [count(query, 'offset'), count(query, 'size')];
  const { received, size: known, checksum } = await uploadState(part);
  if (checksum !== undefined) throw conflict('all of it has been sent already');
  if (offset !== 0 && (offset !== received || size !== known)) {
    throw conflict(`${received} of ${known ?? 0} bytes have come: go on from there, or begin anew at 0`);
  }
  await holdObject(context, KIND, image);
  const tell = () => context.enqueue(KIND, keyOf(image));
  const timer = setInterval(tell, TELL_MS);
  try {
    await receivePiece(part, { offset, size }, request as AsyncIterable<Buffer>);
  } catch (error) {
    throw refusal(error as Error);
  } finally {
    clearInterval(timer);
    tell();
  }
  return uploadState(part);
}

function refusal(error: Error): Error {
  if (error instanceof NoSpaceError) return new StatusError(507, 'InsufficientStorage', error.message);
  return error instanceof RangeError ? badRequest(error.message) : error;
}

async function finish(context: Context, { image, part }: Place, query: URLSearchParams): Promise<UploadState> {
  const checksum = query.get('checksum') ?? '';
  if (!CHECKSUM.test(checksum)) throw badRequest('checksum must be sha256: or sha512: and the digits in lower case');
  const { received, size } = await uploadState(part);
  if (size === undefined || received !== size) throw conflict(`only ${received} of ${size ?? 0} bytes have come`);
  await finishUpload(part, size, checksum);
  context.enqueue(KIND, keyOf(image));
  return uploadState(part);
}
