import { isNotFound } from '../../../schemas/client/errors.ts';
import { core } from '../../../schemas/client/paths.ts';
import type { VirtualMachineDiskSpec } from '../../../schemas/kinds/disk.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import type { Context } from '../../controller/types.ts';

type Encryption = VirtualMachineDiskSpec['encryption'];

/** A key of a Secret. */
export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** A Secret, or the key in it, is not there or holds what cannot be a passphrase. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly reason: 'SecretNotFound' | 'SecretUnusable';

  constructor(reason: SecretError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

const PASSPHRASE = 'passphrase';

/** Which key of which Secret unlocks a volume; nothing for one that is not encrypted. */
export const secretKeyOf = (encryption: Encryption): SecretKey | undefined =>
  encryption && { name: encryption.secretRef.name, key: encryption.secretRef.key ?? PASSPHRASE };

/**
 * Reads a passphrase. Nothing of it may be logged, or kept longer than it takes to hand it over.
 * @throws SecretError
 */
export async function readPassphrase(
  { client }: Context,
  namespace: string,
  { name, key }: SecretKey,
): Promise<string> {
  const secret = await client.get<Secret>(core('secrets'), { namespace, name }).catch((error) => {
    if (!isNotFound(error)) throw error;
    const message = `the Secret ${name} is not there: create it with the key ${key}, which unlocks the disk`;
    throw new SecretError('SecretNotFound', message);
  });
  const encoded = secret.data?.[key];
  if (encoded === undefined) throw new SecretError('SecretNotFound', `the Secret ${name} has no key ${key}: add it`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
    if (text !== '') return text;
  } catch {
    // Said below: what it holds is nobody's to see.
  }
  const message = `the key ${key} of the Secret ${name} must be text in UTF-8, not empty: qemu takes nothing else`;
  throw new SecretError('SecretUnusable', message);
}

/** The passphrase of an encrypted volume, as an option to spread; nothing for another. */
export async function unlocking(
  context: Context,
  namespace: string,
  encryption: Encryption,
): Promise<{ readonly key?: string }> {
  const secret = secretKeyOf(encryption);
  return secret ? { key: await readPassphrase(context, namespace, secret) } : {};
}

/** As `unlocking`, of a disk by its name; one that is gone needs none. */
export function unlockingDisk(context: Context, namespace: string, name: string): Promise<{ readonly key?: string }> {
  return unlocking(context, namespace, context.store.get('VirtualMachineDisk', { namespace, name })?.spec.encryption);
}
