import type { Acceleration, CgroupSupport, HostPaths, UserChoice } from '../../host/index.ts';
import type { TunAccess } from '../../network/tap/device.ts';
import type { HostAbilities } from '../../qemu/argv.ts';

/** What machines need of this host, found out once at the start. */
export interface MachineHost {
  readonly paths: HostPaths;
  /** The qemu to start, by path. */
  readonly binary: string;
  /** Probing takes seconds where KVM is a trap: whoever starts a machine waits for it, nobody else does. */
  readonly acceleration: Promise<Acceleration>;
  /** What came of it, once it did. */
  accelerated(): Acceleration | undefined;
  readonly user: UserChoice;
  /** Why qemu is less confined than it could be, as a sentence. */
  readonly unconfined: string | undefined;
  readonly cgroups: CgroupSupport;
  readonly abilities: HostAbilities;
  /** How qemu's user gets at taps. */
  readonly tun: TunAccess['tun'];
}
