import type { IncomingMessage, RequestOptions } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { type AddressClass, addressesOf, type Resolved } from './address.ts';
import { DownloadFailedError, DownloadRefusedError } from './errors.ts';

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte; one minute when left out. */
  readonly idleMs?: number | undefined;
  readonly method?: string | undefined;
  /** What is sent; a stream needs a `content-length` among the headers, and is only sent to where the URL says. */
  readonly body?: Buffer | Readable | undefined;
  /** Whether a checksum judges the content: then it may come over plain http in the end. */
  readonly verified?: boolean | undefined;
  /** The URL of the server that named this one: it is judged as a redirect from there. */
  readonly namedBy?: string | undefined;
  /** For tests: where names lead. */
  readonly resolve?: ((hostname: string) => Promise<Resolved[]>) | undefined;
}

const HEADERS = { 'user-agent': 'vmctl', accept: '*/*', 'accept-encoding': 'identity' } as const;
const MAX_REDIRECTS = 10;
const IDLE_MS = 60_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Loaded when called, and not by `import`: that evaluates all getters of the module, which costs ten megabytes. */
const SCHEMES: Readonly<Record<string, () => typeof import('node:http').request>> = {
  'http:': () => process.getBuiltinModule('node:http').request,
  'https:': () => process.getBuiltinModule('node:https').request,
};

/**
 * Gets a URL, following redirects by hand: each hop must be http or https (back from https to http only where the content is verified), and its address,
 * resolved once and then used as it was judged, must not be link-local, nor loopback unless the hop before was. What carries a
 * body is sent once and not redirected.
 * @throws DownloadRefusedError, DownloadFailedError
 */
export async function get(url: string, options: GetOptions = {}): Promise<IncomingMessage> {
  const { namedBy } = options;
  let from = namedBy === undefined ? undefined : await judge(new URL(namedBy), undefined, options);
  let next = new URL(url);
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const hop = await judge(next, from, options);
    const response = await open(hop, options, new URL(url).origin);
    const location = response.headers.location;
    if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined || options.body) return response;
    response.destroy();
    next = redirect(location, hop, options.verified ?? false);
    from = hop;
  }
  throw new DownloadRefusedError('RedirectRefused', `${url} redirects more than ${MAX_REDIRECTS} times`);
}

interface Hop {
  readonly url: URL;
  readonly target: Resolved;
  readonly class: AddressClass;
}

function redirect(location: string, from: Hop, verified: boolean): URL {
  const refuse = (why: string) => new DownloadRefusedError('RedirectRefused', `${from.url.href} redirects to ${why}`);
  if (!URL.canParse(location, from.url.href)) throw refuse(`${JSON.stringify(location)}, which is no URL`);
  const url = new URL(location, from.url);
  if (!(url.protocol in SCHEMES)) throw refuse(`${url.href}: only http and https are followed`);
  if (!verified && from.url.protocol === 'https:' && url.protocol === 'http:') {
    throw refuse(`${url.href}: from https to http is only followed where a checksum is given`);
  }
  return url;
}

/** A URL that a person gave may name this host; one that a server gave may not. */
async function judge(url: URL, from: Hop | undefined, { resolve = addressesOf }: GetOptions): Promise<Hop> {
  const addresses = await resolve(url.hostname).catch((cause: Error) => {
    throw new DownloadFailedError('Unreachable', `the host ${url.hostname} has no address: ${cause.message}`, {
      cause,
    });
  });
  const allowed = addresses.filter((found) => isAllowed(found.class, from));
  const target = allowed[0];
  if (target) return { url, target, class: target.class };
  const where = addresses.map(({ address }) => address).join(', ');
  const how = from ? `${from.url.href} redirects to` : 'the URL names';
  throw new DownloadRefusedError(
    from ? 'RedirectRefused' : 'AddressRefused',
    `${how} ${url.href} at ${where}, an address of this host or of its link, which is refused`,
  );
}

function isAllowed(found: AddressClass, from: Hop | undefined): boolean {
  if (found === 'loopback') return from === undefined || from.class === 'loopback';
  return found === 'public';
}

/** Credentials are for the host that they were given for: a redirect must not carry them to another. */
function headersFor(url: URL, { headers = {} }: GetOptions, origin: string): Readonly<Record<string, string>> {
  if (url.origin === origin) return headers;
  const { authorization: _, ...rest } = headers;
  return rest;
}

function open({ url, target }: Hop, options: GetOptions, origin: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const idleMs = options.idleMs ?? IDLE_MS;
  const send = SCHEMES[url.protocol];
  if (!send) throw new DownloadRefusedError('AddressRefused', `${url.href} is neither http nor https`);
  const call = send()(url, {
    method: options.method ?? 'GET',
    headers: { ...HEADERS, ...headersFor(url, options, origin) },
    lookup: pinned(target),
    timeout: idleMs,
    ...(options.signal && { signal: options.signal }),
  } satisfies RequestOptions);
  call.on('timeout', () => call.destroy(new Error(`nothing came for ${idleMs / 1000} s`)));
  call.on('response', resolve);
  call.on('error', (cause) => reject(options.signal?.aborted ? options.signal.reason : unreachable(url, cause)));
  if (options.body === undefined || Buffer.isBuffer(options.body)) call.end(options.body);
  else options.body.on('error', (cause) => call.destroy(cause)).pipe(call);
  return promise;
}

/** Answers with the address that was judged, so that a second look-up cannot lead elsewhere. */
const pinned =
  ({ address, family }: Resolved): LookupFunction =>
  (_hostname, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };

const unreachable = (url: URL, cause: Error): DownloadFailedError =>
  new DownloadFailedError('Unreachable', `${url.href} could not be read: ${cause.message}`, { cause });
