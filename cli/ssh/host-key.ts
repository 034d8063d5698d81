/** A public key of a server as OpenSSH writes it: `ssh-ed25519` and its blob in base64. */
export interface HostKey {
  readonly type: string;
  readonly blob: string;
}

/** The name under which a machine's keys are kept: its uid, since another machine may get its name and its address. */
export const hostAlias = (uid: string): string => `vmctl-${uid}`;

/** A key's blob begins with its type: RFC 4253, 6.6. */
export function hostKeyOf(blob: Buffer): HostKey {
  return { type: blob.toString('latin1', 4, 4 + blob.readUInt32BE(0)), blob: blob.toString('base64') };
}

/** The keys of one host in a `known_hosts` file, whose lines name hosts separated by commas; see sshd(8). */
export function knownKeys(file: string, alias: string): HostKey[] {
  return file.split('\n').flatMap((line) => {
    const [names = '', type = '', blob = ''] = line.trim().split(/\s+/);
    return names.split(',').includes(alias) && blob ? [{ type, blob }] : [];
  });
}

const BLOCK = /-----BEGIN SSH HOST KEY KEYS-----([\s\S]*?)-----END SSH HOST KEY KEYS-----/g;

/** The keys that a guest printed on its console when they were made, as cloud-init has it; the last time counts. */
export const announcedKeys = (console: string): HostKey[] => publicKeys([...console.matchAll(BLOCK)].at(-1)?.[1] ?? '');

/** The keys in a text, one a line, whatever stands before them. */
export function publicKeys(text: string): HostKey[] {
  return text.split('\n').flatMap((line) => {
    const [, type, blob] = /(?:^|\s)((?:ssh|ecdsa)-[\w-]+)\s+([A-Za-z0-9+/=]{40,})/.exec(line) ?? [];
    return type && blob ? [{ type, blob }] : [];
  });
}

/** What is thought of a key that a server shows. */
export type Verdict =
  /** It is the one of the last time, or the one that the guest announced. */
  | 'known'
  | 'announced'
  /** Nothing is known of this machine. */
  | 'new'
  /** Another one was seen or announced: somebody else may be answering. */
  | 'changed';

/** Judges a key by those of the last time and, where there was none, by those that the guest announced. Pure. */
export function judge(shown: HostKey, known: readonly HostKey[], announced: readonly HostKey[]): Verdict {
  const has = (keys: readonly HostKey[]) => keys.some(({ type, blob }) => type === shown.type && blob === shown.blob);
  if (has(known)) return 'known';
  if (known.length > 0) return has(announced) ? 'announced' : 'changed';
  if (has(announced)) return 'announced';
  return announced.some(({ type }) => type === shown.type) ? 'changed' : 'new';
}
