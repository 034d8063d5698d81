import type { Board } from '../board.ts';
import { keyValues, option } from '../options.ts';
import { controlSocket, rescueSocket } from '../sockets.ts';

const monitor = (id: string, path: string): string[] => [
  '-chardev',
  option('socket', { id, path, server: true, wait: false }),
  '-mon',
  keyValues({ chardev: id, mode: 'control' }),
];

/** Each monitor serves one client: the second is for when the first hangs. */
export const monitorArguments = ({ input }: Board): string[] => [
  ...monitor('control', controlSocket(input.runDir)),
  ...monitor('rescue', rescueSocket(input.runDir)),
];
