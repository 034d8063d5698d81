import type { DiskSource } from '../../../../schemas/kinds/machine/disk/source.ts';
import { option } from '../../options.ts';
import type { Disk } from '../disk-bus.ts';

/** The character device over which a program outside serves a disk. */
export const vhostUserChardev = (disk: string): string => `vhost-disk-${disk}`;

/** qemu has the block layer of such a disk elsewhere: there is a socket, and no node. */
export const vhostUserArguments = (
  { name }: Disk,
  { path, reconnectSeconds }: NonNullable<DiskSource['vhostUser']>,
): string[] => [
  '-chardev',
  option('socket', { id: vhostUserChardev(name), path, ...(reconnectSeconds && { reconnect: reconnectSeconds }) }),
];
