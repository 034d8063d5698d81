import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { tunnel } from '../../schemas/client/tunnel.ts';

/** Files of the page, as the build leaves them in `dist/vmctl/web`. */
const FILES: Readonly<Record<string, string>> = {
  'vnc.html': 'text/html; charset=utf-8',
  'vnc.css': 'text/css; charset=utf-8',
  'vnc.js': 'text/javascript; charset=utf-8',
};

/** Nothing from elsewhere runs in the page, and no other page may show it. */
const HEADERS = {
  'content-security-policy': "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const secret = (): string => randomBytes(24).toString('base64url');

const same = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

export interface WebOptions {
  readonly machine: string;
  readonly address: string;
  readonly port: number;
  /** Opens a connection to the machine's screen. */
  readonly dial: () => Promise<WebSocket>;
}

export interface WebScreen {
  /** Lets in whoever opens it first, once. */
  readonly url: string;
  close(): void;
}

/** Who may see the page: the token is taken once, for a cookie that only this browser then has. */
class Door {
  #token: string | undefined = secret();
  readonly #cookie = secret();
  /** A browser sends its cookies to every port of a host: each page of ours has one of its own. */
  readonly #name = `vmctl-${randomBytes(6).toString('hex')}`;
  #origin = '';

  /** @returns the address to open */
  open(origin: string, machine: string): string {
    this.#origin = origin;
    return `${origin}/${machine}/?token=${this.#token}`;
  }

  /** The cookie for who brings the token; it is worth nothing afterwards. */
  exchange(token: string | null): string | undefined {
    if (this.#token === undefined || token === null || !same(token, this.#token)) return undefined;
    this.#token = undefined;
    return `${this.#name}=${this.#cookie}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** A page of somebody else that calls us has another origin, or reaches us by another name. */
  admits({ headers }: IncomingMessage): boolean {
    const cookies = (headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('='));
    const cookie = cookies.find(([name]) => name === this.#name)?.[1] ?? '';
    const isHere = `http://${headers.host}` === this.#origin;
    return isHere && (headers.origin === undefined || headers.origin === this.#origin) && same(cookie, this.#cookie);
  }
}

async function servePage(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const cookie = door.exchange(url.searchParams.get('token'));
  if (cookie) return void response.writeHead(303, { ...HEADERS, 'set-cookie': cookie, location: url.pathname }).end();
  const name = url.pathname.split('/').at(-1) || 'vnc.html';
  const type = FILES[name];
  if (!door.admits(request)) {
    const words = 'This address was for one browser, once. Run vmctl vnc --web again for another.\n';
    return void response.writeHead(403, { ...HEADERS, 'content-type': 'text/plain' }).end(words);
  }
  if (type === undefined) return void response.writeHead(404, HEADERS).end();
  const content = await readFile(join(import.meta.dirname, 'web', name));
  response.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': content.length }).end(content);
}

async function serveScreen(
  door: Door,
  dial: WebOptions['dial'],
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
) {
  stream.on('error', () => stream.destroy());
  if (!door.admits(request)) return void stream.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
  const { createWebSocketStream, WebSocketServer } = await import('../chunks/websocket.ts');
  try {
    const screen = createWebSocketStream(await dial());
    screen.on('error', () => screen.destroy());
    const server = new WebSocketServer({ noServer: true });
    server.handleUpgrade(request, stream, head, (browser) => void tunnel(browser, screen));
  } catch {
    stream.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n');
  }
}

const originOf = (server: Server, address: string): string =>
  `http://${address.includes(':') ? `[${address}]` : address}:${(server.address() as AddressInfo).port}`;

/** Serves noVNC for one machine to one browser on this computer. @throws when the port is taken */
export async function serveWebScreen({ machine, address, port, dial }: WebOptions): Promise<WebScreen> {
  const door = new Door();
  const server = createServer((request, response) => {
    servePage(door, request, response).catch(() => response.writeHead(500, HEADERS).end());
  });
  server.on('upgrade', (request, stream, head) => void serveScreen(door, dial, request, stream, head));
  server.listen(port, address);
  await once(server, 'listening');
  return {
    url: door.open(originOf(server, address), encodeURIComponent(machine)),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
