import { dirname } from 'node:path';
import { openMacvtaps } from '../../network/tap/macvtap.ts';
import { type QemuProcess, spawnQemu } from '../../qemu/process/index.ts';
import { type HelperParts, startHelpers } from './helpers.ts';
import { type Takeover, takeFunctions } from './host-functions.ts';
import { type TapParts, wantedMacvtaps } from './taps.ts';

type SpawnParts = Omit<Parameters<typeof spawnQemu>[0], 'descriptors'>;

export interface StartParts {
  readonly takeover: Takeover;
  /** What its helpers are started with. */
  readonly beside: HelperParts;
  readonly spawn: SpawnParts;
}

/** Makes what qemu is handed, starts what runs beside it, then qemu: what was started for it ends where it does not start. */
export async function startQemu(
  parts: Omit<TapParts, 'host'>,
  { takeover, beside, spawn }: StartParts,
): Promise<QemuProcess> {
  await takeFunctions(takeover, spawn.user);
  const handed = await openMacvtaps(wantedMacvtaps(parts), dirname(spawn.runDir));
  try {
    const helpers = await startHelpers(beside);
    const qemu = await spawnQemu({ ...spawn, descriptors: handed.map(({ fd }) => fd) }).catch((error: Error) => {
      helpers.stop();
      throw error;
    });
    qemu.exited.then(helpers.stop, () => {});
    return qemu;
  } finally {
    for (const handle of handed) await handle.close();
  }
}
