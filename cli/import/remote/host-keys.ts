import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../errors.ts';
import { type HostKey, hostKeyOf, judge } from '../../ssh/host-key.ts';
import { keysOfMachine, knownHostsFile, rememberKey } from '../../ssh/known-hosts.ts';
import { fingerprint } from '../../ssh/verify.ts';

/** Names of a host in OpenSSH's file: plain, or hashed as `|1|SALT|HASH`. Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT */
function isNamed(names: string, host: string): boolean {
  const [, version, salt = '', hash] = names.split('|');
  if (version === '1') return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === hash;
  return names.split(',').includes(host);
}

/** What a person's own ssh knows. */
export function keysOfHost(file: string, host: string, port: number): HostKey[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return file.split('\n').flatMap((line) => {
    const [names = '', type = '', blob = ''] = line.trim().split(/\s+/);
    return !names.startsWith('@') && blob && isNamed(names, name) ? [{ type, blob }] : [];
  });
}

function ownFile(): string {
  try {
    return readFileSync(join(process.env['HOME'] || homedir(), '.ssh/known_hosts'), 'utf8');
  } catch {
    return '';
  }
}

/** Judges the key of a host by what ssh knows of it and by the last time. @throws Failure where it is another one */
export async function checkHostKey(
  host: string,
  port: number,
  blob: Buffer,
  note: (text: string) => void,
): Promise<void> {
  const alias = `${host}:${port}`;
  const known = [...keysOfHost(ownFile(), host, port), ...(await keysOfMachine(alias))];
  const verdict = judge(hostKeyOf(blob), known, []);
  if (verdict === 'known') return;
  if (verdict === 'changed') {
    const next = `if the host was made anew, take its old key out of ~/.ssh/known_hosts or ${knownHostsFile()}`;
    throw new Failure('refused', `the key of ${alias} is not the one that it had: ${fingerprint(blob)}`, next);
  }
  note(`the key of ${alias} is new and kept from now on: ${fingerprint(blob)}`);
  await rememberKey(alias, hostKeyOf(blob));
}
