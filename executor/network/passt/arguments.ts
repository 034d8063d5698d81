import { basename } from 'node:path';
import type { PortForward } from '../../qemu/input.ts';
import { GUEST_ADDRESS } from '../user.ts';

/** The descriptor under which passt gets its end of the cable. */
export const CABLE = 3;

/** The router, which is the host's loopback as well. */
export const GATEWAY = '10.0.2.2';

/** What slirp gives its guest, so that a machine does not notice on which of them it is. Source: qemu-options.hx, -netdev user */
const WORLD = {
  address: GUEST_ADDRESS,
  netmask: '255.255.255.0',
  gateway: GATEWAY,
  dns: '10.0.2.3',
  'dns-forward': '10.0.2.3',
} as const;

/**
 * Everything that passt could take from a card of the host is said, and loopback is always there: a host that has no way out
 * yet has machines all the same. IPv6 would have to be taken from a card.
 */
const SETTINGS = [
  ...['--foreground', '--quiet', '--ipv4-only', '--interface', 'lo', '--fd', String(CABLE)],
  ...Object.entries(WORLD).flatMap(([name, value]) => [`--${name}`, value]),
];

const FLAGS = { TCP: '--tcp-ports', UDP: '--udp-ports' } as const;

const portArguments = ({ protocol, hostAddress, hostPort, port }: PortForward): string[] => [
  FLAGS[protocol],
  `${hostAddress}/${hostPort}:${port}`,
];

/** What only one guest sees. */
export interface PasstGuest {
  /** MAC address of its router. */
  readonly mac: string;
  /** What DHCP tells it; passt's own, 65520, where nothing is given. */
  readonly mtu?: number | undefined;
  /** Path of the socket at which it takes other forwards while it runs, from 2026 on. */
  readonly control?: string | undefined;
}

/** All that a passt is told once and for all. */
export const settingsOf = ({ mac, mtu, control }: PasstGuest): string[] => [
  ...SETTINGS,
  ...['--mac-addr', mac],
  ...(mtu === undefined ? [] : ['--mtu', String(mtu)]),
  ...(control === undefined ? [] : ['--conf-path', control]),
];

/** The command line of passt for one interface, without the program itself. Source: passt(1) */
export const passtArguments = (guest: PasstGuest, forwards: readonly PortForward[]): string[] => [
  ...settingsOf(guest),
  ...forwards.flatMap(portArguments),
];

/** Has a passt forward these and nothing else; connections that are open go on. Source: pesto(1) */
export const pestoArguments = (control: string, forwards: readonly PortForward[]): string[] => [
  ...['--clear', 'HOST'],
  ...forwards.flatMap(portArguments),
  control,
];

/** The arguments of a passt, whatever programs stand before it on its way to be one; nothing for any other process. */
export function argumentsOf(argv: readonly string[]): readonly string[] | undefined {
  const at = argv.findIndex((word) => basename(word) === 'passt');
  return at < 0 ? undefined : argv.slice(at + 1);
}

/** The MAC address of the router of a passt; nothing for one that was not given any, and for any other process. */
export function passtOf(argv: readonly string[]): string | undefined {
  const own = argumentsOf(argv) ?? [];
  const at = own.indexOf('--mac-addr');
  return at < 0 ? undefined : own[at + 1];
}
