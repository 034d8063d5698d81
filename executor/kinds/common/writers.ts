import type { Context } from '../../controller/types.ts';
import { findQemus } from '../../qemu/process/index.ts';
import { volumeOf } from '../../storage/chain/index.ts';
import { hostIdentity, type Lives, requireNoWriter } from '../../storage/volume/writer.ts';

/** Whether a machine has a qemu on this host, whoever's it is. */
export const lives: Lives = (uid) => findQemus().has(uid.toLowerCase());

/** Says that no machine of another executor writes to a volume. @throws VolumeInUseError with its name */
export const requireFree = ({ facts }: Context, path: string): Promise<void> =>
  requireNoWriter(volumeOf(path), { host: hostIdentity(), bootId: facts.bootId }, lives);
