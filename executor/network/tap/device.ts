import { stat } from 'node:fs/promises';
import { whyUnreachable } from '../../host/reach.ts';
import type { QemuUser } from '../../qemu/process/launch.ts';

const TUN = '/dev/net/tun';
const VHOST = '/dev/vhost-net';

/** What qemu's user may do with the devices that taps are opened through. */
export interface TunAccess {
  /** `open` as udev leaves it; `closed` where qemu needs a view of /dev/net of its own; `missing` without the driver. */
  readonly tun: 'open' | 'closed' | 'missing';
  readonly vhostNet: boolean;
}

async function reachable(path: string, user: QemuUser | undefined): Promise<boolean | undefined> {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  return !user || (await whyUnreachable(path, user, ['read', 'write'])) === undefined;
}

export async function findTunAccess(user: QemuUser | undefined): Promise<TunAccess> {
  const [tun, vhost] = await Promise.all([reachable(TUN, user), reachable(VHOST, user)]);
  return { tun: tun === undefined ? 'missing' : tun ? 'open' : 'closed', vhostNet: vhost === true };
}
