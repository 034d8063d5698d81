import { duplexPair } from 'node:stream';
import type { Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { tunnel } from '../../schemas/client/tunnel.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { Failure } from '../errors.ts';
import { dialGuest } from '../forward/dial.ts';
import { authHandler, type Credentials, methods } from './auth.ts';
import { fingerprint, type Machine, type Verifier, verifier } from './verify.ts';

export interface SshOptions extends Credentials {
  readonly machine: string;
  readonly port: number;
  /** Remarks for the person. */
  readonly note: (text: string) => void;
}

/** How long a server may take to answer. */
const READY_MS = 60_000;
const KEEPALIVE_MS = 30_000;

/** A connection to a machine's SSH server. */
export interface Ssh extends Disposable {
  readonly client: Client;
  /** What went wrong with the connection, if it was not we who ended it. */
  readonly broken: Promise<Error>;
}

/** Logs in to a machine over the API. @throws Failure that says whether the key, the login or the connection was refused */
export async function openSsh(session: Session, options: SshOptions): Promise<Ssh> {
  const { machine, port } = options;
  const target = { namespace: session.namespace, name: machine };
  const [object, socket, ssh2] = await Promise.all([
    session.client.get<Machine>(OURS.VirtualMachine, target),
    dialGuest(session, { machine, port, protocol: 'tcp' }),
    import('../chunks/ssh.ts'),
  ]);
  const [sock, guest] = duplexPair();
  // Neither half of a pair closes with the other, and ssh2 waits for the close.
  sock.once('end', () => sock.destroy());
  void tunnel(socket, guest, { halfOpen: true });
  const trust = await verifier(session, object);
  const client = new ssh2.Client();
  const { promise: broken, resolve: breaks } = Promise.withResolvers<Error>();
  await login(client, { ...configOf(options, trust), sock }, options, trust, ssh2.utils.parseKey);
  client.on('error', breaks);
  client.on('close', () => breaks(new Error('the connection has ended')));
  return { client, broken, [Symbol.dispose]: () => void client.end() };
}

function configOf({ user }: SshOptions, { algorithms }: Verifier): ConnectConfig {
  const serverHostKey = algorithms as ServerHostKeyAlgorithm[];
  return {
    ...{ username: user, readyTimeout: READY_MS, keepaliveInterval: KEEPALIVE_MS },
    ...(serverHostKey.length > 0 && {
      algorithms: { serverHostKey: { prepend: serverHostKey, append: [], remove: [] } },
    }),
  };
}

/** Settles once the server has let us in. */
async function login(
  client: Client,
  config: ConnectConfig,
  { machine, note, ...credentials }: SshOptions,
  trust: Verifier,
  parse: Parameters<typeof methods>[1],
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let reason: Error | undefined;
  const fail = (error: Error): void => {
    reason ??= error;
  };
  client.once('ready', resolve);
  client.on('error', (error) => reject(reason ?? explain(error, machine, credentials)));
  client.once('close', () =>
    reject(reason ?? new Failure('failed', `${machine} has closed the connection: ${NOBODY}`)),
  );
  const hostVerifier = (blob: Buffer, accept: (ok: boolean) => void): void => {
    trust.check(blob).then(
      (verdict) => {
        if (verdict === 'new') note(`the host key of ${machine} is new and kept from now on: ${fingerprint(blob)}`);
        accept(true);
      },
      (error: Error) => {
        fail(error);
        accept(false);
      },
    );
  };
  client.connect({ ...config, hostVerifier, authHandler: authHandler(methods(credentials, parse), fail) });
  await promise;
}

const NOBODY = 'is an SSH server running in it?';

function explain(error: Error & { level?: string }, machine: string, { user }: Credentials): Failure {
  if (error.level === 'client-authentication') {
    const next = 'name another user as USER@MACHINE, or a key with --identity-file';
    return new Failure('failed', `${machine} does not let ${user} in: no key and no password was accepted`, next, {
      cause: error,
    });
  }
  return new Failure('failed', `no SSH connection to ${machine}: ${error.message}; ${NOBODY}`, undefined, {
    cause: error,
  });
}
