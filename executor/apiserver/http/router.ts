import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Api } from '../call.ts';
import type { Discovery } from '../discovery/index.ts';
import type { OpenApi } from '../discovery/openapi.ts';
import { serveReview } from '../reviews.ts';
import { badRequest, noSuchPath } from '../status-error.ts';
import { findSubresource, isSubresourcePath, type Subresources, serveSubresource } from '../subresources.ts';
import { version } from '../version.ts';
import { anonymousPaths, authenticate } from './auth.ts';
import { dispatch } from './dispatch.ts';
import { asStatusError, send, sendError, sendStatus } from './respond.ts';

/** A page of the daemon's own beside the API, such as `/metrics`. */
export type PageHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

export interface Routes {
  api: Api;
  discovery: Discovery;
  openapi: OpenApi;
  subresources: Subresources;
  pages: ReadonlyMap<string, PageHandler>;
  token: string;
}

function urlOf(req: IncomingMessage): URL {
  const url = URL.parse(`http://api${req.url}`);
  if (!url) throw badRequest(`the request target ${JSON.stringify(req.url)} is not a path`);
  return url;
}

/** Answers one request, whatever happens. */
export async function handleRequest(routes: Routes, req: IncomingMessage, res: ServerResponse): Promise<void> {
  try {
    await route(routes, req, res, urlOf(req));
  } catch (error) {
    if (!res.destroyed) await sendError(req, res, error);
  }
}

async function route(routes: Routes, req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
  const path = url.pathname;
  if (anonymousPaths.test(path)) return serveHealth(req, res, path);
  const user = authenticate(req, routes.token);
  if (path.startsWith('/openapi/')) return routes.openapi.serve(req, res, path);
  if (isSubresourcePath(path)) return serveSubresource(routes.subresources, req, res, url, user);
  if (await serveReview(req, res, path, user)) return;
  if (req.method === 'GET' && (await routes.discovery.serve(req, res, path))) return;
  const page = req.method === 'GET' ? routes.pages.get(path) : undefined;
  if (page) return page(req, res);
  if (path === '/') return send(req, res, { code: 200, body: JSON.stringify({ paths: rootPaths(routes) }) });
  await dispatch(routes.api, req, res, url, user);
}

async function serveHealth(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
  if (path.startsWith('/version')) return send(req, res, { code: 200, body: JSON.stringify(version, null, 2) });
  await send(req, res, { code: 200, type: 'text/plain; charset=utf-8', body: 'ok' });
}

function rootPaths({ discovery }: Routes): string[] {
  const groups = [...discovery.groups()].filter(([name]) => name !== '');
  const paths = groups.flatMap(([name, versions]) => [
    `/apis/${name}`,
    ...versions.map((v) => `/apis/${name}/${v.version}`),
  ]);
  return [
    '/api',
    '/api/v1',
    '/apis',
    ...paths,
    '/healthz',
    '/livez',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
  ];
}

/** Hands an upgraded connection (a console, say) to the daemon. Errors are answered in plain HTTP. */
export async function handleUpgrade(routes: Routes, req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const url = urlOf(req);
    const user = authenticate(req, routes.token);
    if (!isSubresourcePath(url.pathname)) throw noSuchPath();
    const { handler, context } = findSubresource(routes.subresources, url, user);
    if (!handler.upgrade) throw noSuchPath();
    await handler.upgrade(req, socket, head, context);
  } catch (error) {
    sendStatus(socket, asStatusError(error));
  }
}
