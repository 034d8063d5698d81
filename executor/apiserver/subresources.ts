import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { kindNames } from '../../schemas/kinds/names.ts';
import type { User } from './call.ts';
import type { VirtualResource } from './discovery/groups.ts';
import { requestInfo } from './http/request-info.ts';
import { methodNotAllowed, noSuchPath } from './status-error.ts';

export const subresourceGroup = 'subresources.vmctl.dev';
export const subresourceVersion = 'v1alpha1';

export interface SubresourceContext {
  namespace: string;
  name: string;
  query: URLSearchParams;
  user: User;
  /** What follows the subresource in the path. */
  rest: string;
}

/** How the daemon serves one subresource, such as `virtualmachines/console`. */
export interface SubresourceHandler {
  http?(req: IncomingMessage, res: ServerResponse, context: SubresourceContext): void | Promise<void>;
  upgrade?(req: IncomingMessage, socket: Duplex, head: Buffer, context: SubresourceContext): void | Promise<void>;
}

/** `virtualmachines/console` → its handler. */
export type Subresources = ReadonlyMap<string, SubresourceHandler>;

const kindOf = (plural: string): string =>
  Object.values(kindNames).find((names) => names.plural === plural)?.kind ?? 'VirtualMachine';

/** What discovery says of them. */
export function subresourceResources(subresources: Subresources): VirtualResource[] {
  const byPlural = Map.groupBy(subresources.keys(), (key) => key.split('/')[0] ?? '');
  return [...byPlural].map(([plural, keys]) => ({
    group: subresourceGroup,
    version: subresourceVersion,
    kind: kindOf(plural),
    plural,
    singular: plural.replace(/s$/, ''),
    namespaced: true,
    verbs: ['get'],
    subresources: keys.map((key) => key.slice(plural.length + 1)),
  }));
}

export const isSubresourcePath = (path: string): boolean =>
  path.startsWith(`/apis/${subresourceGroup}/${subresourceVersion}/namespaces/`);

/** The handler that a path names. @throws StatusError 404 */
export function findSubresource(
  subresources: Subresources,
  url: URL,
  user: User,
): { handler: SubresourceHandler; context: SubresourceContext } {
  const info = requestInfo(url.pathname);
  const handler = info && subresources.get(`${info.plural}/${info.subresource}`);
  if (!info || !handler) throw noSuchPath();
  const { namespace, name, rest } = info;
  return { handler, context: { namespace, name, rest, query: url.searchParams, user } };
}

export async function serveSubresource(
  subresources: Subresources,
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  user: User,
): Promise<void> {
  const { handler, context } = findSubresource(subresources, url, user);
  if (!handler.http) throw methodNotAllowed();
  await handler.http(req, res, context);
}
