import { createHash } from 'node:crypto';
import { ensureOk, readText } from '../../schemas/client/transport.ts';
import type { Session } from '../api/connect.ts';
import { machineSubresource } from '../api/subresource.ts';
import { Failure } from '../errors.ts';
import { announcedKeys, type HostKey, hostAlias, hostKeyOf, judge, type Verdict } from './host-key.ts';
import { keysOfMachine, knownHostsFile, rememberKey } from './known-hosts.ts';

/** As OpenSSH shows a key. */
export const fingerprint = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

export interface Verifier {
  /** Types of the keys that are known, so that the server shows one of those. */
  readonly algorithms: readonly string[];
  /** Says what is thought of a key, and keeps a good one. @throws Failure when it is another one than it must be */
  check(blob: Buffer): Promise<Exclude<Verdict, 'changed'>>;
}

/** A key's type as the algorithms that sign with it: RFC 8332 has two more for RSA. */
const algorithmsFor = ({ type }: HostKey): string[] =>
  type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type];

/** What the guest said of its keys on its console; nothing where it has none. */
async function announced({ client, namespace }: Session, machine: string): Promise<HostKey[]> {
  const path = machineSubresource(namespace, machine, 'log');
  try {
    const response = await ensureOk(await client.transport.open({ method: 'GET', path, headers: { accept: '*/*' } }));
    return announcedKeys(await readText(response));
  } catch {
    return [];
  }
}

/** Judges the keys of one machine, which are kept by its uid. */
export async function verifier(session: Session, machine: string, uid: string): Promise<Verifier> {
  const known = await keysOfMachine(uid);
  return {
    algorithms: known.flatMap(algorithmsFor),
    async check(blob) {
      const shown = hostKeyOf(blob);
      const quick = judge(shown, known, []);
      if (quick === 'known') return quick;
      const verdict = judge(shown, known, await announced(session, machine));
      if (verdict === 'changed') throw changed(machine, uid, blob);
      await rememberKey(uid, shown);
      return verdict;
    },
  };
}

function changed(machine: string, uid: string, blob: Buffer): Failure {
  const next = `if it was made anew, forget the old one with: ssh-keygen -R ${hostAlias(uid)} -f ${knownHostsFile()}`;
  const words = `the host key of ${machine} is not the one that it had: ${fingerprint(blob)}`;
  return new Failure('refused', `${words}; somebody else may be answering`, next);
}
