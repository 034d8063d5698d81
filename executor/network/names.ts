import { createHash } from 'node:crypto';

/** RFC 4648 in lower case: five bits a letter, and nothing that a program could take for an option. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

function digest(text: string, length: number): string {
  const bytes = createHash('sha256').update(text).digest();
  return Array.from({ length }, (_, i) => ALPHABET[(bytes[i] ?? 0) & 31]).join('');
}

/** The bridge of a network, by the uid of its object: 15 bytes are all that the kernel takes (IFNAMSIZ - 1). */
export const bridgeOf = (networkUid: string): string => `vb${digest(networkUid, 12)}`;

const MACHINE_LETTERS = 8;
const INTERFACE_LETTERS = 5;

/** With what the taps of one machine begin. */
export const tapPrefix = (machineUid: string): string => `vt${digest(machineUid, MACHINE_LETTERS)}`;

/** The tap of a machine's interface. */
export const tapOf = (machineUid: string, nic: string): string =>
  `${tapPrefix(machineUid)}${digest(nic, INTERFACE_LETTERS)}`;

/** The nftables tables of a network: one of each family that needs one. */
export const tableOf = (networkUid: string): string => `vmctl_${digest(networkUid, 12)}`;

/** This executor, among those that share a host. */
export const ownerOf = (home: string): string => digest(home, 8);

/** A MAC address of a network's own bridge: one that stays while taps come and go. */
export function bridgeMac(networkUid: string): string {
  const bytes = createHash('sha256').update(`bridge/${networkUid}`).digest();
  return ['52', '54', '00', ...[0, 1, 2].map((i) => bytes.subarray(i, i + 1).toString('hex'))].join(':');
}

/** Higher than any card's: a bridge without an address of its own takes the lowest of its ports, and must not take a tap's. */
export function tapMac(tap: string): string {
  const bytes = createHash('sha256').update(`tap/${tap}`).digest();
  return ['fe', ...[0, 1, 2, 3, 4].map((i) => bytes.subarray(i, i + 1).toString('hex'))].join(':');
}

/** What a device of ours says of itself in its alias. */
export interface Mark {
  readonly owner: string;
  readonly network: string;
  /** Of a tap only. */
  readonly machine?: string;
  readonly nic?: string;
}

const PREFIX = 'vmctl';

export const formatMark = ({ owner, network, machine, nic }: Mark): string =>
  [PREFIX, owner, network, ...(machine === undefined ? [] : [machine, nic])].join('/');

/** Reads an alias; nothing where it is not one of ours. */
export function parseMark(alias: string | undefined): Mark | undefined {
  const [prefix, owner, network, machine, nic] = (alias ?? '').split('/');
  if (prefix !== PREFIX || !owner || !network) return undefined;
  return { owner, network, ...(machine && nic && { machine, nic }) };
}
