import { createHash } from 'node:crypto';

/** qemu keeps a block node's name in 32 bytes; five are for the longest prefix of ours. */
const LONGEST_IN_NODE_NAME = 24;
const KEPT = 15;
const DIGEST = 8;

/** A name that fits where space is short, still unique: its beginning and a digest where it is too long. */
function shortened(name: string): string {
  if (name.length <= LONGEST_IN_NODE_NAME) return name;
  return `${name.slice(0, KEPT)}-${createHash('sha256').update(name).digest('hex').slice(0, DIGEST)}`;
}

/** The node of a disk's format, where snapshots and resizes act. */
export const diskNode = (disk: string): string => `disk-${shortened(disk)}`;
/** The node of the file below it. */
export const fileNode = (disk: string): string => `file-${shortened(disk)}`;
/** The throttle filter above it. */
export const limitNode = (disk: string): string => `rate-${shortened(disk)}`;
/** The filter that copies what is read from below into the disk. */
export const copyNode = (disk: string): string => `copy-${shortened(disk)}`;
/** A file below a disk of which there are several; long names leave no room for numbers. */
export const partNode = (disk: string, part: string): string =>
  `part-${createHash('sha256').update(disk).digest('hex').slice(0, DIGEST)}-${part}`;
/** The object that holds the limits of that filter. */
export const throttleGroup = (disk: string): string => `throttle-${disk}`;

/** The object that holds the passphrase of a volume. */
export const keyObject = (disk: string): string => `key-${disk}`;

export const diskDevice = (disk: string): string => `disk-${disk}`;
export const interfaceDevice = (name: string): string => `nic-${name}`;
export const interfaceBackend = (name: string): string => `net-${name}`;
export const iothreadObject = (name: string): string => `iothread-${name}`;

/** A MAC address in qemu's own range (52:54:00), always the same one for an interface of a machine. */
export function generatedMac(uuid: string, name: string): string {
  const digest = createHash('sha256').update(`${uuid.toLowerCase()}/${name}`).digest();
  return ['52', '54', '00', ...[0, 1, 2].map((i) => digest.subarray(i, i + 1).toString('hex'))].join(':');
}

/**
 * The router that a guest behind passt sees: locally administered, always the same for an interface of a machine. It also tells
 * whose a passt is, by its command line.
 */
export const passtMac = (uuid: string, name: string): string =>
  generatedMac(uuid, `passt/${name}`).replace(/^52:54/, '52:55');

/** What an interface's name becomes in the path of a socket, which has little room. */
export const passtLetters = (uuid: string, name: string): string => passtMac(uuid, name).slice(9).replaceAll(':', '');
