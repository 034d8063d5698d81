import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** `METHOD path range` of each request, in order. */
  readonly seen: string[];
}

/** What is still under way when a connection is reset may be lost with it: give it time to arrive. */
const CUT_DELAY_MS = 100;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback. */
export async function serve(handler: Handler): Promise<TestServer> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Serves bytes with a strong ETag and ranges; the first answer is cut after so many bytes. */
export function content(
  bytes: Buffer,
  { etag = '"one"', cutAfter }: { etag?: string; cutAfter?: number } = {},
): Handler {
  let first = true;
  return (request, response) => {
    const start = /^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1];
    const resumes = start !== undefined && request.headers['if-range'] === etag;
    const from = resumes ? Number(start) : 0;
    response.writeHead(resumes ? 206 : 200, {
      etag,
      'content-length': bytes.length - from,
      ...(resumes && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    const cut = first && cutAfter !== undefined;
    first = false;
    if (cut)
      response.write(bytes.subarray(from, from + cutAfter), () => setTimeout(() => response.destroy(), CUT_DELAY_MS));
    else response.end(bytes.subarray(from));
  };
}

export const redirectTo =
  (location: string): Handler =>
  (_request, response) =>
    response.writeHead(302, { location }).end();
