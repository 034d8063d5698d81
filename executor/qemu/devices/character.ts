import { option } from '../options.ts';

/** A unix socket that qemu listens on. */
export const socketChardev = (id: string, path: string): string[] => [
  '-chardev',
  option('socket', { id, path, server: true, wait: false }),
];

/**
 * A terminal: what the guest writes goes to the log, what it reads comes from the named pipe `<pipe>.in`, which qemu holds open
 * at both ends, so that it never ends; `<pipe>.out` is /dev/null. A socket will not do: where its client is slow, qemu 7.2
 * logs bytes twice (chardev/char.c logs all of a write that was refused with EAGAIN, then once more when it is repeated).
 */
export const terminalChardev = (id: string, pipe: string, logfile: string): string[] => [
  '-chardev',
  option('pipe', { id, path: pipe, logfile, logappend: true }),
];
