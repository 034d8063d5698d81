/** What a path asks for. Source: k8s.io/apiserver `RequestInfoFactory`. */
export interface RequestInfo {
  group: string;
  version: string;
  /** `''` for a cluster-scoped resource, or for a list over all namespaces. */
  namespace: string;
  plural: string;
  /** `''` for a collection. */
  name: string;
  subresource: string;
  /** What follows the subresource, without the slash. */
  rest: string;
}

/** The only subresources of namespaces; any other third part is a resource in that namespace. */
const namespaceSubresources = new Set(['status', 'finalize']);

/** Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; undefined for a path that names no resource. */
export function requestInfo(path: string): RequestInfo | undefined {
  const raw = path.replace(/\/$/, '').split('/').slice(1);
  const parts = raw.map(decode);
  // A broken name must not turn a request for one object into one for all.
  if (parts.includes('')) return undefined;
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') return undefined;
  const [group = '', version = ''] = isCore ? ['', parts[1]] : parts.slice(1, 3);
  const rest = parts.slice(isCore ? 2 : 3);
  if (!version || rest.length === 0) return undefined;
  return { group, version, ...target(rest) };
}

function target(parts: string[]): Omit<RequestInfo, 'group' | 'version'> {
  let namespace = '';
  let rest = parts;
  if (parts[0] === 'namespaces' && parts.length > 2 && !namespaceSubresources.has(parts[2] ?? '')) {
    namespace = parts[1] ?? '';
    rest = parts.slice(2);
  }
  const [plural = '', name = '', subresource = '', ...more] = rest;
  return { namespace, plural, name, subresource, rest: more.join('/') };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
