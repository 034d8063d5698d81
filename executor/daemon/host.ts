import { constants } from 'node:fs';
import { access, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../controller/types.ts';
import { findFirmware } from '../host/firmware.ts';
import { findVirtiofsd } from '../host/helper-programs.ts';
import {
  type Acceleration,
  type HostFacts,
  type HostPaths,
  hostPaths,
  prepareHome,
  probeAccelerator,
  resolveQemuUser,
  type UserChoice,
} from '../host/index.ts';
import { isMended, probeIoUring } from '../host/io-uring.ts';
import { findProgram } from '../host/run.ts';
import type { MachineHost } from '../kinds/virtualmachine/host.ts';
import { probePasst } from '../network/passt/probe.ts';
import { findTunAccess } from '../network/tap/device.ts';
import { type HostAbilities, QEMU_BINARY } from '../qemu/argv.ts';
import type { Settings } from '../settings.ts';

const may = (path: string, mode = constants.R_OK | constants.W_OK): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );

/** NUMA nodes with memory, `0-1`; nothing where the kernel knows of none. */
const memoryNodes = (): Promise<string | undefined> =>
  readFile('/sys/devices/system/node/has_memory', 'utf8').then(
    (text) => text.trim() || undefined,
    () => undefined,
  );

async function findAbilities(): Promise<HostAbilities> {
  const [vhostVsock, vfio, usbHost, firmware, swtpm, virtiofsd, nodes] = await Promise.all([
    may('/dev/vhost-vsock'),
    may('/dev/vfio/vfio'),
    may('/dev/bus/usb', constants.R_OK),
    findFirmware(),
    findProgram('swtpm'),
    findVirtiofsd(),
    memoryNodes(),
  ]);
  const programs = { swtpm: swtpm !== undefined, virtiofsd: virtiofsd !== undefined };
  return { vhostVsock, vfio, usbHost, firmware, ...programs, ...(nodes !== undefined && { memoryNodes: nodes }) };
}

/** Why qemu is less confined than it could be; nothing where it is as it should be. */
function whyUnconfined(user: UserChoice, { cgroups }: HostFacts): string | undefined {
  const reasons = [...(user.user ? [] : [user.reason]), ...(cgroups.version === 'none' ? [cgroups.reason] : [])];
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/** Probes at once and lets everything but the start of a machine go on meanwhile. */
function probe(
  paths: HostPaths,
  binary: string,
  { user }: UserChoice,
  log: Log,
): Pick<MachineHost, 'acceleration' | 'accelerated'> {
  let known: Acceleration | undefined;
  const acceleration = probeAccelerator({ binary, hostState: paths.hostState, ...(user && { user }) })
    .catch(
      (error): Acceleration => ({ accelerator: 'tcg', reason: `KVM could not be tried: ${(error as Error).message}` }),
    )
    .then((found) => {
      known = found;
      log.info('accelerator', { ...found });
      return found;
    });
  return { acceleration, accelerated: () => known };
}

const ofIoUring = (works: boolean, version: string | undefined) => ({
  ioUring: works,
  ioUringUnasked: works && isMended(version),
});

/** Prepares the folders and finds out what machines need to know of this host. */
export async function prepareHost(settings: Settings, facts: HostFacts, log: Log): Promise<MachineHost> {
  const paths = hostPaths(settings.home);
  await mkdir(settings.home, { recursive: true, mode: 0o700 });
  // The home itself is opened for the user that is found; what is above it stays as its owner has it.
  const user = await resolveQemuUser(settings.qemuUser, { create: true, through: [dirname(settings.home)] });
  await prepareHome(paths, user.user);
  const binary = facts.qemu?.path ?? QEMU_BINARY;
  const ioUring = probeIoUring({ binary, hostState: paths.hostState, user: user.user });
  const folder = join(paths.runRoot, 'passt.probe');
  await rm(folder, { recursive: true, force: true });
  const probing = probePasst({ binary, user: user.user, folder, hostState: paths.hostState });
  const { tun, vhostNet } = await findTunAccess(user.user);
  const { works: passt, pesto, reason } = await probing;
  if (reason !== undefined) log.info('user networks are slirp where nobody has chosen', { reason });
  return {
    paths,
    binary,
    user,
    cgroups: facts.cgroups,
    unconfined: whyUnconfined(user, facts),
    abilities: { ...(await findAbilities()), vhostNet, ...ofIoUring(await ioUring, facts.qemu?.version), passt, pesto },
    tun,
    ...probe(paths, binary, user, log),
  };
}
