import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import type { Transport } from '../../schemas/client/transport.ts';
import { type Json, send } from './answer.ts';
import { bearerOf, impersonated } from './bearer.ts';
import type { ServerAccess } from './servers.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1';
const OF_CRDS =
  /^\/apis\/(vmctl\.dev|stand-in\.example\.com|apiextensions\.k8s\.io|admissionregistration\.k8s\.io\/v1\/validatingadmissionpolic[a-z]+)(\/|\?|$)/;

/** Two API servers behind one address, as the aggregation layer would have it: kubectl wants `/api` and `/apis` whole. */
export interface Front extends AsyncDisposable {
  readonly port: number;
}

/** @param pki folder with the certificates that the servers have too */
export async function startFront(core: ServerAccess, crds: ServerAccess, pki: string): Promise<Front> {
  const read = (file: string): string => readFileSync(join(pki, file), 'utf8');
  const tls = { cert: read('server.crt'), key: read('server.key'), ca: read('ca.crt') };
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (req, res) => {
    answer(core, crds, req, res).catch((error: Error) => res.writeHead(502).end(error.message));
  });
  server.on('upgrade', (req, socket, head) => {
    passOn(core, req, socket, head).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(server) };
}

async function answer(
  core: ServerAccess,
  crds: ServerAccess,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const path = req.url ?? '/';
  if (/^\/apis\/?(\?|$)/.test(path)) {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(await groups(core, crds)));
  } else if (path.replace(/\?.*/, '') === POLICIES) {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(await policies(core, crds)));
  } else {
    await forward((OF_CRDS.test(path) ? crds : core).transport, req, res, await identityOf(core, req));
  }
}

/** The core's groups, with those of the other server in place of the same. */
async function groups(core: ServerAccess, crds: ServerAccess): Promise<Json> {
  const { body } = await send(core, { path: '/apis' });
  const list = body as { groups: { name: string }[] };
  const names = ['apiextensions.k8s.io', 'vmctl.dev'];
  const ours = await Promise.all(names.map((name) => send(crds, { path: `/apis/${name}` })));
  // Before its CRDs are there, a group is not.
  const served = ours.flatMap(({ status, body }) => (status === 200 ? [body] : []));
  return { ...list, groups: [...list.groups.filter(({ name }) => !names.includes(name)), ...served] } as Json;
}

/** The core's webhooks, and the policies where the other server has them. */
async function policies(core: ServerAccess, crds: ServerAccess): Promise<Json> {
  const [ofCore, ofCrds] = await Promise.all([core, crds].map((server) => send(server, { path: POLICIES })));
  const lists = [ofCore, ofCrds].map((answer) => answer?.body as { resources?: Json[] });
  return { ...lists[0], resources: lists.flatMap(({ resources = [] }) => resources) };
}

/** This server speaks for `system:masters`; whoever else asks is impersonated, so that each server decides about him. */
async function identityOf(core: ServerAccess, req: IncomingMessage): Promise<Record<string, string>> {
  const socket = req.socket as TLSSocket;
  const bearer = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1];
  if (!socket.authorized && bearer !== undefined) return impersonated(await bearerOf(core, bearer));
  const { CN, O } = socket.authorized ? socket.getPeerCertificate().subject : { CN: 'system:anonymous' };
  if (O === 'system:masters') return {};
  return { 'impersonate-user': String(CN), ...(O && { 'impersonate-group': String(O) }) };
}

async function forward(
  to: Transport,
  req: IncomingMessage,
  res: ServerResponse,
  identity: Record<string, string>,
): Promise<void> {
  const { host: _, connection: __, 'transfer-encoding': ___, authorization: ____, ...headers } = req.headers;
  const kept = Object.entries(headers).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []));
  const hasBody = req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
  const response = await to.open({
    method: req.method ?? 'GET',
    path: req.url ?? '/',
    headers: { ...Object.fromEntries(kept), ...identity, 'accept-encoding': 'identity' },
    ...(hasBody && { body: req }),
  });
  res.writeHead(response.statusCode ?? 502, response.rawHeaders);
  // A watch says that it is open long before its first event.
  res.flushHeaders();
  res.on('close', () => response.destroy());
  response.pipe(res);
}

/** Ways into machines are behind the core, as its own connections that are upgraded would be. */
async function passOn(core: ServerAccess, req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const { hostname, port } = new URL(core.url);
  const { authorization: _, ...kept } = req.headers;
  const headers = { ...kept, ...(await identityOf(core, req)) };
  const to = connect({ host: hostname, port: Number(port), ...core.tls });
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  to.write(`${[`${req.method} ${req.url} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
  to.write(head);
  to.pipe(socket).pipe(to);
  for (const [end, other] of [
    [to, socket],
    [socket, to],
  ] as const) {
    end.on('error', () => other.destroy());
    end.on('close', () => other.destroy());
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
