import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import type { Owner } from '../../host/index.ts';
import type { Volume } from '../../qemu/argv.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import { type SecretKey, secretFile } from '../../qemu/secrets.ts';
import { readPassphrase } from '../common/passphrase.ts';

type Layer = NonNullable<NonNullable<Disk['source']>['backing']>[number];

/** A Secret of one key need not say which; libvirt's have one value. */
const ONLY_KEY = 'passphrase';

const ofLayer = ({ network, encryption }: Pick<Layer, 'network' | 'encryption'>): SecretKey[] => [
  ...(network?.auth?.secret ? [network.auth.secret] : []),
  ...(encryption?.secrets ?? []),
];

/** Keys of Secrets that qemu needs for disks. */
export function secretsOf(disks: readonly Disk[], volumes: Readonly<Record<string, Volume>>): SecretKey[] {
  return disks.flatMap(({ name, source }) => {
    const own = volumes[name]?.secret;
    const layers = source ? [source, ...(source.dataFile ? [source.dataFile] : []), ...(source.backing ?? [])] : [];
    return [...(own ? [own] : []), ...layers.flatMap(ofLayer)];
  });
}

export interface Placement {
  readonly context: Context;
  readonly machine: VirtualMachine;
  readonly runDir: string;
  /** Who qemu runs as. */
  readonly user?: Owner | undefined;
}

/**
 * Hands secrets to qemu by files that it alone can read, for as long as `work` takes: they are gone when it has read them.
 * @throws SecretError
 */
export async function withSecrets<T>(
  place: Placement,
  secrets: readonly SecretKey[],
  work: () => Promise<T>,
): Promise<T> {
  const files = new Map(secrets.map((secret) => [secretFile(place.runDir, secret), secret]));
  try {
    for (const [path, secret] of files) await writeSecret(place, path, secret);
    return await work();
  } finally {
    await Promise.all([...files.keys()].map((path) => rm(path, { force: true })));
  }
}

/** The folder is qemu's own: what has the name already is not written into, whatever it is. */
async function writeSecret({ context, machine, user }: Placement, path: string, { name, key = ONLY_KEY }: SecretKey) {
  const text = await readPassphrase(context, machine.metadata.namespace ?? 'default', { name, key });
  await rm(path, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  await using file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o400);
  if (user) await file.chown(user.uid, user.gid);
  await file.writeFile(text);
}
