import type { IncomingMessage } from 'node:http';
import type { ApiRequest, Transport } from '../../../schemas/client/transport.ts';

/** What one client has asked of the API, and what its watches brought. */
export interface Traffic {
  /** Requests by verb and resource: `PATCH virtualmachines`, `PUT virtualmachines/status`, `WATCH virtualmachines`. */
  readonly requests: Map<string, number>;
  /** What watches brought, by resource; of the bookmarks, which come once a minute, only the bytes. */
  readonly watched: Map<string, { bytes: number; events: number }>;
}

export const newTraffic = (): Traffic => ({ requests: new Map(), watched: new Map() });

const NEWLINE = '\n';
const BOOKMARK = '{"type":"BOOKMARK"';
const ROOT = /^\/(?:api|apis\/[^/]+)\/[^/]+\//;
const NAMESPACE = /^namespaces\/[^/]+\/(?=.)/;

/** `virtualmachines/status` of `/apis/vmctl.dev/v1alpha1/namespaces/default/virtualmachines/web/status`. */
export function resourceOfPath(path: string): string {
  const [resource = '', _name, subresource] = path
    .replace(/\?.*$/, '')
    .replace(ROOT, '')
    .replace(NAMESPACE, '')
    .split('/');
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

const isWatch = ({ path }: ApiRequest): boolean => /[?&]watch=true/.test(path);

/**
 * Counts what goes through to one of several servers.
 * @param onWatched called with each piece of a watch's stream, by resource
 */
export function counted(
  to: (path: string) => Transport,
  traffic: Traffic,
  onWatched: (resource: string, chunk: Buffer) => void = () => {},
): Transport {
  return {
    endpoint: to('/').endpoint,
    async open(request) {
      const resource = resourceOfPath(request.path);
      const watches = isWatch(request);
      const key = `${watches ? 'WATCH' : request.method} ${resource}`;
      traffic.requests.set(key, (traffic.requests.get(key) ?? 0) + 1);
      const response = await to(request.path).open(request);
      if (watches && response.statusCode === 200) tap(response, (chunk) => note(traffic, resource, chunk, onWatched));
      return response;
    },
    close: () => to('/').close(),
  };
}

/** Listening for data would make the stream flow before its reader is there. */
function tap(response: IncomingMessage, take: (chunk: Buffer) => void): void {
  const push = response.push.bind(response);
  response.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk) take(chunk);
    return push(chunk, encoding);
  };
}

function note({ watched }: Traffic, resource: string, chunk: Buffer, tell: (resource: string, chunk: Buffer) => void) {
  const known = watched.get(resource) ?? { bytes: 0, events: 0 };
  known.bytes += chunk.length;
  known.events += occurrences(chunk, NEWLINE) - occurrences(chunk, BOOKMARK);
  watched.set(resource, known);
  tell(resource, chunk);
}

function occurrences(chunk: Buffer, text: string): number {
  let count = 0;
  for (let at = chunk.indexOf(text); at >= 0; at = chunk.indexOf(text, at + 1)) count += 1;
  return count;
}
