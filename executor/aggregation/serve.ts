import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiClient } from '../../schemas/client/client.ts';
import { ApiError } from '../../schemas/client/errors.ts';
import { Discovery } from '../apiserver/discovery/index.ts';
import { anonymousPaths } from '../apiserver/http/auth.ts';
import { type RequestInfo, requestInfo } from '../apiserver/http/request-info.ts';
import { asStatusError, send, sendError, sendStatus } from '../apiserver/http/respond.ts';
import { badRequest, noSuchPath, StatusError } from '../apiserver/status-error.ts';
import {
  findSubresource,
  isSubresourcePath,
  type Subresources,
  serveSubresource,
  subresourceResources,
} from '../apiserver/subresources.ts';
import { authenticate, type Caller, type Trust } from './authenticate.ts';
import { Authorizer } from './authorize.ts';
import { forward, forwardUpgrade } from './forward.ts';
import { type Executor, findExecutor } from './nodes.ts';
import type { Identity } from './pki.ts';
import { nodeOf } from './route.ts';

export interface Served {
  readonly client: ApiClient;
  readonly nodeName: string;
  readonly subresources: Subresources;
  /** As it is now: certificates are renewed while connections come. */
  readonly trust: () => Trust;
  readonly identity: () => Identity;
}

/** Where a request that may be answered is answered: nothing means here. */
interface Decided {
  readonly url: URL;
  readonly caller: Caller;
  readonly elsewhere: Executor | undefined;
}

/** The aggregated API of one executor: who asks, whether he may, which node it is about; then the handler, here or there. */
export class AggregatedApi {
  readonly #served: Served;
  readonly #authorizer: Authorizer;
  readonly #discovery: Discovery;

  constructor(served: Served) {
    this.#served = served;
    this.#authorizer = new Authorizer(served.client);
    const resources = subresourceResources(served.subresources);
    this.#discovery = new Discovery({ generation: 0, all: () => [] }, resources);
  }

  async request(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      await this.#answer(req, res);
    } catch (error) {
      if (!res.destroyed) await sendError(req, res, asTold(error));
    }
  }

  async upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const { subresources, identity } = this.#served;
      const { url, caller, elsewhere } = await this.#decide(req, urlOf(req));
      if (elsewhere) return await forwardUpgrade(req, socket, head, elsewhere, identity(), caller.user);
      const { handler, context } = findSubresource(subresources, url, caller.user);
      if (!handler.upgrade) throw noSuchPath();
      await handler.upgrade(req, socket, head, context);
    } catch (error) {
      sendStatus(socket, asStatusError(asTold(error)));
    }
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = urlOf(req);
    if (anonymousPaths.test(url.pathname)) return send(req, res, { code: 200, type: 'text/plain', body: 'ok' });
    const { subresources, trust, identity } = this.#served;
    if (!isSubresourcePath(url.pathname)) {
      authenticate(req, trust());
      if (req.method === 'GET' && (await this.#discovery.serve(req, res, url.pathname))) return;
      throw noSuchPath();
    }
    const { caller, elsewhere } = await this.#decide(req, url);
    if (elsewhere) await forward(req, res, elsewhere, identity(), caller.user);
    else await serveSubresource(subresources, req, res, url, caller.user);
  }

  /** @throws StatusError 401, 403, 404, 503 */
  async #decide(req: IncomingMessage, url: URL): Promise<Decided> {
    const caller = authenticate(req, this.#served.trust());
    const info = isSubresourcePath(url.pathname) ? requestInfo(url.pathname) : undefined;
    if (!info || !this.#served.subresources.has(`${info.plural}/${info.subresource}`)) throw noSuchPath();
    await this.#authorizer.require(caller.user, req.method ?? '', info);
    return { url, caller, elsewhere: await this.#locate(caller, info) };
  }

  async #locate({ by }: Caller, { plural, namespace, name }: RequestInfo): Promise<Executor | undefined> {
    const { client, nodeName } = this.#served;
    const node = await nodeOf(plural, { client, here: nodeName, namespace, name });
    if (node === nodeName) return undefined;
    // It was sent here a moment ago: going on would be a circle.
    if (by === 'executor')
      throw new StatusError(503, 'ServiceUnavailable', `${name} has just moved to ${node}; try again`);
    return findExecutor(client, node);
  }
}

/** What the API server said of an object goes to the client as it is; that we may not ask is our own trouble. */
function asTold(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { code, reason, message } = error;
  if (code === 404) return new StatusError(404, 'NotFound', message);
  return new StatusError(500, 'InternalError', `the executor was refused by the API server: ${reason}: ${message}`);
}

function urlOf(req: IncomingMessage): URL {
  const url = URL.parse(`http://api${req.url}`);
  if (!url) throw badRequest('the request target is not a path');
  return url;
}
