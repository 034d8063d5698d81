import { option } from '../options.ts';

/** A unix socket that qemu listens on, with everything that passes kept in a log where one is named. */
export const socketChardev = (id: string, path: string, logfile?: string): string[] => [
  '-chardev',
  option('socket', { id, path, server: true, wait: false, logfile, logappend: logfile && 'on' }),
];
