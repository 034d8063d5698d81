import { execFile } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { readText } from '../../schemas/client/transport.ts';
import type { ServerAccess } from './servers.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What a client saw of one request, of one watch or of one run of kubectl. */
export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly warnings?: readonly string[];
  readonly body: Json;
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  /** Sent as it is when a string, else as JSON. */
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
}

/** Sends one request. Never throws on a status. */
export async function send({ transport }: Pick<ServerAccess, 'transport'>, call: Call): Promise<Answer> {
  const { method = 'GET', path, body, type = 'application/json', accept } = call;
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { ...(payload !== undefined && { 'content-type': type }), ...(accept && { accept }) };
  const response = await transport.open({ method, path, headers, ...(payload !== undefined && { body: payload }) });
  return answer(response, await readText(response));
}

function answer(response: IncomingMessage, text: string): Answer {
  const yaml = response.headers['content-type'] === 'application/yaml';
  return { ...head(response), body: yaml ? (parseYaml(text) as Json) : parse(text) };
}

function head(response: IncomingMessage): Omit<Answer, 'body'> {
  const { rawHeaders } = response;
  const warnings = rawHeaders.filter(
    (_, index) => rawHeaders[index - 1]?.toLowerCase() === 'warning' && index % 2 === 1,
  );
  return { status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', warnings };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** An open watch, read while other requests are sent. */
export interface Watch {
  /** The next `count` events as one answer, fewer when the server ends the stream. */
  take(count: number): Promise<Answer>;
  close(): void;
}

/** Opens a watch. Where the server refuses, the first `take` has its status. */
export async function watch({ transport }: ServerAccess, path: string, accept?: string): Promise<Watch> {
  const headers = accept ? { accept } : {};
  const response = await transport.open({ method: 'GET', path, headers });
  // What breaks while nobody reads was broken by closing it.
  response.on('error', () => undefined);
  const events = lines(response);
  return {
    async take(count) {
      const body: Json[] = [];
      while (body.length < count) {
        const next = await events.next();
        if (next.done) break;
        body.push(parse(next.value));
      }
      return { ...head(response), body };
    },
    close: () => void response.destroy(),
  };
}

async function* lines(response: IncomingMessage): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest) yield rest;
  return undefined;
}

/** What `kubectl edit` is given for an editor. */
const EDITOR = 'sed -i s/1Gi/2Gi/';

/** Runs the host's kubectl. Its `status` is the exit code, its body both streams. */
export function kubectl(kubeconfig: string, args: readonly string[], input = ''): Promise<Answer> {
  return new Promise((resolve) => {
    const all = ['--kubeconfig', kubeconfig, '--cache-dir', `${kubeconfig}.cache`, ...args];
    const child = execFile(
      'kubectl',
      all,
      {
        ...{ encoding: 'utf8', timeout: 120_000, maxBuffer: 64 * 1024 * 1024 },
        env: { ...process.env, KUBE_EDITOR: EDITOR },
      },
      (error, stdout, stderr) => {
        const status = error ? Number(error.code ?? -1) : 0;
        resolve({ status, body: { stdout: parse(stdout), stderr } });
      },
    );
    child.stdin?.end(input);
  });
}
