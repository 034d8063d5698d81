import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../e2e/until.ts';
import { endChild } from '../fixtures/end.ts';
import type { Namespace } from './namespace.ts';

const METER_MS = 60_000;

export interface Server extends AsyncDisposable {
  readonly port: number;
}

/** One TCP server per run of this, in a process of its own: a process is in one network namespace. */
const SERVE = `
const [port, words, address] = process.argv.slice(1);
require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  socket.end(words.replace('{peer}', socket.remoteAddress) + '\\n');
}).listen(Number(port), address, () => console.log('ready'));`;

const TALK = `
const [protocol, address, port, words] = process.argv.slice(1);
if (protocol === 'udp') {
  const socket = require('node:dgram').createSocket('udp4');
  socket.send(words, Number(port), address, () => socket.close());
} else {
  const socket = require('node:net').createConnection({ port: Number(port), host: address, timeout: 3000 });
  socket.on('timeout', () => { console.error('timed out'); process.exit(1); });
  socket.on('error', (error) => { console.error(error.code === 'ECONNREFUSED' ? 'refused' : error.message); process.exit(1); });
  socket.pipe(process.stdout);
  socket.on('end', () => process.exit(0));
}`;

/** Answers everybody with words; \`{peer}\` in them is the address of whoever asks. */
export async function serve({ enter }: Namespace, port: number, words: string, address = '0.0.0.0'): Promise<Server> {
  const [file = '', ...rest] = [...enter, process.execPath, '-e', SERVE, String(port), words, address];
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { done } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  if (done) throw new Error(`nobody could listen on ${port}`);
  return {
    port,
    [Symbol.asyncDispose]: () => endChild(child),
  };
}

/** Sends words, and hears what comes back over TCP. @throws with `refused` or `timed out` */
export const send = (inside: Namespace, address: string, port: number, words: string, protocol = 'udp') =>
  inside.run(process.execPath, '-e', TALK, protocol, address, String(port), words);

/** Connects until it is greeted so: what listens in a guest takes a moment between two guests of its own. */
export async function greeting(inside: Namespace, address: string, port: number, words: string): Promise<void> {
  let heard = '';
  const greets = async () => {
    heard = (await send(inside, address, port, '', 'tcp').catch((error: Error) => error.message)).trim();
    return heard === words;
  };
  await until(greets, { limitMs: 60_000, what: () => `${words} from ${address}:${port}; it said ${heard}` });
}

/** Waits until nobody listens at an address any more: what leads there goes a moment after the word that it shall. */
export async function refuses(inside: Namespace, address: string, port: number): Promise<void> {
  let heard = '';
  const isRefused = async () => {
    heard = await send(inside, address, port, '', 'tcp').catch((error: Error) => error.message);
    return /refused/.test(heard);
  };
  await until(isRefused, { limitMs: 60_000, what: () => `a refusal of ${address}:${port}; it said ${heard}` });
}

/** Measures bytes per second between the first and the last that come, at one connection. */
const RECEIVE = `
const [port] = process.argv.slice(1);
require('node:net').createServer((socket) => {
  let [bytes, first] = [0, 0];
  socket.on('data', (chunk) => {
    first ||= performance.now();
    bytes += chunk.length;
  });
  socket.on('end', () => { console.log(bytes / (performance.now() - first) * 1000); socket.end(); });
}).listen(Number(port), '0.0.0.0', () => console.log('ready'));`;

/** Measures until the other end has taken everything. */
const SEND = `
const [port, bytes] = process.argv.slice(1).map(Number);
require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
  const first = performance.now();
  socket.on('close', () => console.log(bytes / (performance.now() - first) * 1000));
  socket.on('error', () => {});
  socket.resume();
  const chunk = Buffer.alloc(65536);
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const part = chunk.subarray(0, Math.min(left, chunk.length));
      left -= part.length;
      if (!socket.write(part)) return socket.once('drain', more);
    }
    socket.end();
  };
  more();
}).listen(port, '0.0.0.0', () => console.log('ready'));`;

export interface Meter extends AsyncDisposable {
  /** Bytes per second of the one connection, once it has ended. */
  rate(): Promise<number>;
}

/** Nobody may have connected at all. */
async function late(): Promise<never> {
  await sleep(METER_MS, undefined, { ref: false });
  throw new Error(`no connection was measured within ${METER_MS} ms`);
}

async function meter({ enter }: Namespace, program: string, ...words: readonly string[]): Promise<Meter> {
  const [file = '', ...rest] = [...enter, process.execPath, '-e', program, ...words];
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await Promise.race([lines.next(), late()]);
    if (done) throw new Error('what measures a connection has ended');
    return value;
  };
  await line();
  return {
    rate: async () => Number(await line()),
    [Symbol.asyncDispose]: () => endChild(child),
  };
}

const MOST_TRIES = 4;
const TOLERANCE = 0.15;

/**
 * Measures until the rate is within 15% of a limit: on a busy machine one is slower, or all that came meanwhile is read at once. One
 * that nothing limits is never near it.
 * @param measure bytes per second
 */
export async function holdsLimit(bytesPerSecond: number, measure: () => Promise<number>): Promise<void> {
  const ratios: number[] = [];
  while (ratios.length < MOST_TRIES) {
    const ratio = (await measure()) / bytesPerSecond;
    if (Math.abs(ratio - 1) < TOLERANCE) return;
    ratios.push(ratio);
  }
  throw new Error(
    `no rate was within 15% of the limit, but ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} times it`,
  );
}

export const receive = (inside: Namespace, port: number): Promise<Meter> => meter(inside, RECEIVE, String(port));
export const sendMuch = (inside: Namespace, port: number, bytes: number): Promise<Meter> =>
  meter(inside, SEND, String(port), String(bytes));
