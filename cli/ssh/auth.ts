import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AnyAuthMethod, NextAuthHandler, ParsedKey } from 'ssh2';
import { Failure } from '../errors.ts';
import { askSecret } from './prompt.ts';

/** The order in which OpenSSH tries its default keys: ssh_config(5), IdentityFile. */
const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519'];
/** Servers hang up after six failures (sshd_config(5), MaxAuthTries). */
const PASSWORD_ATTEMPTS = 3;

export interface Credentials {
  readonly user: string;
  /** Files that were named; those of ~/.ssh where none was. */
  readonly identityFiles: readonly string[];
  readonly agentSocket: string | undefined;
}

type ParseKey = (data: Buffer, passphrase?: string) => ParsedKey | Error;

async function loadKey(file: string, parse: ParseKey, required: boolean): Promise<ParsedKey | undefined> {
  const data = await readFile(file).catch((error: Error) => {
    if (required) throw new Failure('failed', `the key ${file} cannot be read: ${error.message}`);
    return undefined;
  });
  if (!data) return undefined;
  const key = firstOf(parse(data));
  if (!(key instanceof Error)) return key;
  if (!/passphrase/i.test(key.message)) {
    if (required) throw new Failure('failed', `${file} is no private key that can be used: ${key.message}`);
    return undefined;
  }
  const opened = firstOf(parse(data, await askSecret(`Passphrase of ${file}: `)));
  if (opened instanceof Error) throw new Failure('failed', `the passphrase does not open ${file}`);
  return opened;
}

/** A file may hold several keys. */
const firstOf = (keys: ParsedKey | ParsedKey[] | Error): ParsedKey | Error =>
  Array.isArray(keys) ? (keys[0] ?? new Error('it holds no key')) : keys;

/** What to try, one after the other; a key is opened, and a password asked for, only when its turn comes. */
export async function* methods(
  { user: username, identityFiles, agentSocket }: Credentials,
  parse: ParseKey,
): AsyncGenerator<AnyAuthMethod> {
  const named = identityFiles.length > 0;
  if (agentSocket && !named) yield { type: 'agent', username, agent: agentSocket };
  const files = named
    ? identityFiles
    : DEFAULT_KEYS.map((name) => join(process.env['HOME'] || homedir(), '.ssh', name));
  for (const file of files) {
    const key = await loadKey(file, parse, named);
    if (key) yield { type: 'publickey', username, key };
  }
  if (!process.stderr.isTTY) return;
  for (let attempt = 0; attempt < PASSWORD_ATTEMPTS; attempt += 1) {
    yield { type: 'password', username, password: await askSecret(`Password of ${username}: `) };
  }
}

/** What ssh2 asks for the next method; those that the server does not take are passed over. */
export function authHandler(tries: AsyncGenerator<AnyAuthMethod>, onError: (error: Error) => void) {
  const accepts = (left: readonly string[] | null, { type }: AnyAuthMethod) =>
    left === null || left.includes(type === 'agent' ? 'publickey' : type);
  return (left: readonly string[] | null, _partial: boolean | null, next: NextAuthHandler): void => {
    const advance = async (): Promise<void> => {
      for (;;) {
        const { value, done } = await tries.next();
        if (done) return void next(false as never);
        if (accepts(left, value)) return void next(value);
      }
    };
    advance().catch((error: Error) => {
      onError(error);
      next(false as never);
    });
  };
}
