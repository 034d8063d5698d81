import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type HostKey, hostAlias, knownKeys } from './host-key.ts';

/** The file of the machines' keys, in OpenSSH's format, so that `ssh` itself can use it. */
export const knownHostsFile = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local/state'), 'vmctl/known_hosts');

export async function keysOfMachine(uid: string, file = knownHostsFile()): Promise<HostKey[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return knownKeys(text, hostAlias(uid));
}

export async function rememberKey(uid: string, { type, blob }: HostKey, file = knownHostsFile()): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await appendFile(file, `${hostAlias(uid)} ${type} ${blob}\n`, { mode: 0o600 });
}
