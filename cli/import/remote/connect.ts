import { userInfo } from 'node:os';
import type { Client, ClientChannel } from 'ssh2';
import { Failure } from '../../errors.ts';
import { shellWord } from '../../showcmd/quote.ts';
import { authHandler, methods } from '../../ssh/auth.ts';
import { checkHostKey } from './host-keys.ts';

const READY_MS = 60_000;
const KEEPALIVE_MS = 15_000;

/** Where to log in. */
export interface Login {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly keyFile: string | undefined;
}

/** What to do about a login that is refused, where a host is named by an address of libvirt's. */
const NAME_A_KEY = 'name a key with ?keyfile=FILE at the end of --from, or put one into the agent';

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host that programs are run on. */
export interface Host extends Disposable {
  readonly name: string;
  /** Runs a program to its end, whatever its exit code. What it prints is text and bounded. */
  run(args: readonly string[]): Promise<Finished>;
  /** Starts a program whose output is read as it comes. */
  start(args: readonly string[]): Promise<ClientChannel>;
}

/** An XML of libvirt's is at most a few hundred KB. */
const MOST_OUTPUT = 16 * 1024 ** 2;

/** Logs in with the agent, the keys or a password, as ssh does. @throws Failure */
export async function connectHost(uri: Login, note: (text: string) => void, next = NAME_A_KEY): Promise<Host> {
  const { Client, utils } = await import('../../chunks/ssh.ts');
  const client = new Client();
  await login(client, uri, utils.parseKey, note, next);
  client.on('error', () => undefined);
  const start: Host['start'] = (args) =>
    new Promise((resolve, reject) => {
      // SSH knows one string for the other side's shell: each word is quoted for it.
      client.exec(args.map(shellWord).join(' '), (error, channel) =>
        error ? reject(new Failure('failed', `${uri.host} runs nothing: ${error.message}`)) : resolve(channel),
      );
    });
  return {
    name: uri.host,
    start,
    run: async (args) => finished(await start(args)),
    [Symbol.dispose]: () => void client.end(),
  };
}

type ParseKey = Parameters<typeof methods>[1];

function login(client: Client, uri: Login, parse: ParseKey, note: (text: string) => void, next: string): Promise<void> {
  const { host, port, user = userInfo().username, keyFile } = uri;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let reason: Error | undefined;
  const fail = (error: Error): void => {
    reason ??= error;
  };
  const credentials = {
    user,
    identityFiles: keyFile === undefined ? [] : [keyFile],
    agentSocket: process.env['SSH_AUTH_SOCK'],
  };
  client.once('ready', resolve);
  client.on('error', (error) => reject(reason ?? explain(error, uri, user, next)));
  client.once('close', () => reject(reason ?? new Failure('failed', `${host}:${port} has closed the connection`)));
  client.connect({
    ...{ host, port, username: user, readyTimeout: READY_MS, keepaliveInterval: KEEPALIVE_MS },
    hostVerifier: (blob: Buffer, accept: (ok: boolean) => void) => {
      checkHostKey(host, port, blob, note).then(
        () => accept(true),
        (error: Error) => {
          fail(error);
          accept(false);
        },
      );
    },
    authHandler: authHandler(methods(credentials, parse), fail),
  });
  return promise;
}

function explain(error: Error & { level?: string }, { host, port }: Login, user: string, next: string): Failure {
  if (error.level === 'client-authentication') {
    return new Failure('failed', `${host} does not let ${user} in: no key and no password was accepted`, next, {
      cause: error,
    });
  }
  return new Failure('failed', `no SSH connection to ${host}:${port}: ${error.message}`, undefined, { cause: error });
}

function finished(channel: ClientChannel): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const out = { stdout: '', stderr: '' };
    const take = (name: 'stdout' | 'stderr') => (data: Buffer) => {
      out[name] += data.toString('utf8');
      if (out[name].length > MOST_OUTPUT) {
        reject(new Failure('failed', 'the host says more than any XML is long'));
        channel.destroy();
      }
    };
    channel.on('data', take('stdout'));
    channel.stderr.on('data', take('stderr'));
    channel.on('error', reject);
    channel.once('close', (code: number | null) => resolve({ code: code ?? -1, ...out }));
    channel.end();
  });
}
