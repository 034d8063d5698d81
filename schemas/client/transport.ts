import type { request as httpRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { Readable } from 'node:stream';
import { ApiError, ConnectionError, type KubeStatus } from './errors.ts';

/** Whom to believe, and what to show. */
export type Tls = Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;

/** Where a server is and how to be let in. */
export type Endpoint =
  | { readonly socketPath: string }
  | {
      readonly url: string;
      readonly tls?: Tls;
      /** What holds in place of `tls` by now, for connections that are still to be made; the same object until it changes. */
      readonly currentTls?: () => Tls;
      /** Asked before each request, since tokens are renewed. */
      readonly headers?: () => Promise<Record<string, string>>;
      /** Where the token is that `headers` sends, for who renews it. */
      readonly tokenFile?: string;
    };

export interface ApiRequest {
  readonly method: string;
  /** Absolute path with its query. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Readable;
  readonly signal?: AbortSignal;
}

/** Sends requests to one server over kept-alive connections. */
export interface Transport {
  readonly endpoint: Endpoint;
  /** The answer as soon as its headers are there, whatever its status. Throws ConnectionError. */
  open(request: ApiRequest): Promise<IncomingMessage>;
  close(): void;
}

type Opener = (
  options: RequestOptions,
  onResponse: (response: IncomingMessage) => void,
) => ReturnType<typeof httpRequest>;

interface Wire {
  readonly start: Opener;
  readonly base: RequestOptions & { readonly servername?: string };
  readonly close: () => void;
}

/** Fewer than wait to be accepted at once (a listen backlog of 511): a thousand deletions at once would meet EAGAIN. */
const KEPT = { keepAlive: true, maxSockets: 256 } as const;

/** Not `import()`: making an ES module of node:http evaluates its getters, which loads undici, 25 ms and 10 MB for nothing. */
const builtin = process.getBuiltinModule;

function wire(endpoint: Endpoint, tls: Tls | undefined): Wire {
  const http = builtin('node:http');
  if ('socketPath' in endpoint) {
    const agent = new http.Agent(KEPT);
    return {
      start: http.request,
      // An empty server name saves Node from asking whether the host is an address, whose patterns take 3 ms to compile.
      base: { socketPath: endpoint.socketPath, agent, host: 'localhost', servername: '' },
      close: () => agent.destroy(),
    };
  }
  const url = new URL(endpoint.url);
  const base = { host: url.hostname, port: url.port };
  if (url.protocol === 'http:') {
    const agent = new http.Agent(KEPT);
    return { start: http.request, base: { ...base, agent }, close: () => agent.destroy() };
  }
  const https = builtin('node:https');
  const agent = new https.Agent({ ...KEPT, ...tls });
  return { start: https.request, base: { ...base, agent }, close: () => agent.destroy() };
}

const tlsOf = (endpoint: Endpoint): Tls | undefined =>
  'url' in endpoint ? (endpoint.currentTls?.() ?? endpoint.tls) : undefined;

const whereOf = (endpoint: Endpoint): string => ('socketPath' in endpoint ? endpoint.socketPath : endpoint.url);

function unreachable(endpoint: Endpoint, cause: Error): ConnectionError {
  return new ConnectionError(
    `cannot reach the API at ${whereOf(endpoint)}: ${cause.message || (cause as NodeJS.ErrnoException).code}`,
    { cause },
  );
}

/** Node sends the body of a DELETE without saying where it ends, and the server takes it for another request. */
const framing = (body: ApiRequest['body']): Record<string, string> =>
  typeof body === 'string' ? { 'content-length': String(Buffer.byteLength(body)) } : {};

/** A transport for `endpoint`. TLS is loaded only when the endpoint needs it, since it costs a command line 10 ms. */
export function createTransport(endpoint: Endpoint): Transport {
  let ready: Wire | undefined;
  let madeWith: Tls | undefined;
  /** Those of other certificates: what goes on over them goes on. */
  const before: Wire[] = [];
  const prefix = 'url' in endpoint ? new URL(endpoint.url).pathname.replace(/\/$/, '') : '';

  function current(): Wire {
    const tls = tlsOf(endpoint);
    if (ready && tls === madeWith) return ready;
    if (ready) before.push(ready);
    madeWith = tls;
    ready = wire(endpoint, tls);
    return ready;
  }

  async function open(request: ApiRequest): Promise<IncomingMessage> {
    const { start, base } = current();
    const auth = 'url' in endpoint && endpoint.headers ? await endpoint.headers() : {};
    const headers = {
      accept: 'application/json',
      'user-agent': 'vmctl',
      ...framing(request.body),
      ...auth,
      ...request.headers,
    };
    const options = {
      ...base,
      method: request.method,
      path: prefix + request.path,
      headers,
      ...(request.signal && { signal: request.signal }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = start(options, resolve);
      outgoing.on('error', (cause) => reject(request.signal?.aborted ? cause : unreachable(endpoint, cause)));
      if (request.body === undefined || typeof request.body === 'string') outgoing.end(request.body);
      else request.body.on('error', (cause) => outgoing.destroy(cause)).pipe(outgoing);
    });
  }

  const close = (): void => {
    ready?.close();
    for (const old of before.splice(0)) old.close();
  };
  return { endpoint, open, close };
}

/** The whole body as text. */
export async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

function asStatus(text: string): KubeStatus {
  try {
    return JSON.parse(text) as KubeStatus;
  } catch {
    return { message: text.trim().slice(0, 1000) };
  }
}

/** The answer if it is a success. @throws ApiError otherwise. */
export async function ensureOk(response: IncomingMessage): Promise<IncomingMessage> {
  const code = response.statusCode ?? 0;
  if (code >= 200 && code < 300) return response;
  throw new ApiError(code, asStatus(await readText(response)));
}
