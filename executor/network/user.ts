import type { Forward } from '../../schemas/kinds/network.ts';
import type { HostAbilities, NetworkBackend, PortForward, UserBackend } from '../qemu/argv.ts';
import { completeForward } from '../qemu/defaults.ts';

/** The address that the DHCP of slirp, and ours of passt, gives to the one guest of a user network. */
export const GUEST_ADDRESS = '10.0.2.15';

/** A user network of qemu's own; of several forwards of one port the first counts. */
export function userBackend(forwards: readonly Forward[], program?: UserBackend['program']): NetworkBackend {
  const byPort = new Map<string, PortForward>();
  for (const forward of forwards.map(completeForward)) {
    if (!byPort.has(listenerOf(forward))) byPort.set(listenerOf(forward), forward);
  }
  return { user: { forwards: [...byPort.values()], ...(program && { program }) } };
}

type Abilities = Pick<HostAbilities, 'passt' | 'pesto'>;

/**
 * Who carries the packets of each user network. Where neither a network nor an earlier start has chosen it is passt, if that takes
 * other forwards while it runs as slirp does: one that does not has to be started anew for them, which cuts connections. Pure.
 */
export const withPrograms = (
  networks: Readonly<Record<string, NetworkBackend>>,
  host: Abilities,
): Readonly<Record<string, NetworkBackend>> =>
  Object.fromEntries(
    Object.entries(networks).map(([name, backend]) => [name, backend.user ? withProgram(backend.user, host) : backend]),
  );

function withProgram(user: UserBackend, { passt, pesto }: Abilities): NetworkBackend {
  const program = user.program ?? (passt && pesto ? 'Passt' : 'Slirp');
  return { user: { ...user, program, ...(program === 'Passt' && pesto && { control: true }) } };
}

/** What a forward takes of the host: two that take the same cannot both be. */
export const listenerOf = ({ protocol, hostAddress, hostPort }: Omit<PortForward, 'port'>): string =>
  `${protocol} ${hostAddress}:${hostPort}`;

/** A forward as status shows it: `127.0.0.1:2222->22/TCP`. */
export const describeForward = ({ hostAddress, hostPort, port, protocol }: PortForward): string =>
  `${hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress}:${hostPort}->${port}/${protocol}`;
