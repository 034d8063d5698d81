import { createHash } from 'node:crypto';
import { readText } from '../../schemas/client/transport.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { askAgent, type ExecAnswer } from '../agent/ask.ts';
import type { Session } from '../api/connect.ts';
import { machineSubresource } from '../api/subresource.ts';
import { Failure } from '../errors.ts';
import { announcedKeys, type HostKey, hostAlias, hostKeyOf, judge, publicKeys, type Verdict } from './host-key.ts';
import { keysOfMachine, knownHostsFile, rememberKey } from './known-hosts.ts';

/** As OpenSSH shows a key. */
export const fingerprint = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

/** What is looked at of a VirtualMachine. */
export interface Machine extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export interface Verifier {
  /** Types of the keys that are known, so that the server shows one of those. */
  readonly algorithms: readonly string[];
  /** Says what is thought of a key, and keeps a good one. @throws Failure when it is another one than it must be */
  check(blob: Buffer): Promise<Exclude<Verdict, 'changed'>>;
}

/** A key's type as the algorithms that sign with it: RFC 8332 has two more for RSA. */
const algorithmsFor = ({ type }: HostKey): string[] =>
  type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type];

/** Where sshd keeps its keys: sshd_config(5), HostKey. */
const KEY_FILES = ['rsa', 'ecdsa', 'ed25519'].map((type) => `/etc/ssh/ssh_host_${type}_key.pub`);
const AGENT_SECONDS = 15;

/** The keys that the guest's agent reads for us; nothing where it reads none. */
async function fromAgent(session: Session, { metadata, status }: Machine): Promise<HostKey[]> {
  const isThere = status?.conditions?.some((it) => it.type === 'GuestAgentConnected' && it.status === 'True');
  if (!isThere) return [];
  const exec = { command: ['cat', ...KEY_FILES], env: [], timeoutSeconds: AGENT_SECONDS };
  const answer = await askAgent<ExecAnswer>(session, metadata.name, { exec }).catch(() => undefined);
  return publicKeys(Buffer.from(answer?.stdout ?? '', 'base64').toString());
}

/** The keys that the guest printed on its console; nothing where it has none. */
async function fromConsole({ client, namespace }: Session, { metadata }: Machine): Promise<HostKey[]> {
  const path = machineSubresource(namespace, metadata.name, 'log');
  try {
    return announcedKeys(await readText(await client.download(path)));
  } catch {
    return [];
  }
}

/** What the guest says of its keys, by its agent or else on its console. */
async function announced(session: Session, machine: Machine): Promise<HostKey[]> {
  const keys = await fromAgent(session, machine);
  return keys.length > 0 ? keys : fromConsole(session, machine);
}

/** Keeps what a machine of which nothing is known says of its keys, for OpenSSH to find. */
export async function keepAnnounced(session: Session, machine: Machine): Promise<void> {
  const { uid = '' } = machine.metadata;
  if ((await keysOfMachine(uid)).length > 0) return;
  for (const key of await announced(session, machine)) await rememberKey(uid, key);
}

/** Judges the keys of one machine, which are kept by its uid. */
export async function verifier(session: Session, machine: Machine): Promise<Verifier> {
  const { name, uid = '' } = machine.metadata;
  const known = await keysOfMachine(uid);
  return {
    algorithms: known.flatMap(algorithmsFor),
    async check(blob) {
      const shown = hostKeyOf(blob);
      const quick = judge(shown, known, []);
      if (quick === 'known') return quick;
      const verdict = judge(shown, known, await announced(session, machine));
      if (verdict === 'changed') throw changed(name, uid, blob);
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
