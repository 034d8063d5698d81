import type { Client, ClientChannel, PseudoTtyOptions } from 'ssh2';
import { rawMode } from '../console/terminal.ts';
import type { Ssh } from './connect.ts';

export interface ShellOptions {
  /** A command line for the guest's shell; none is a shell. */
  readonly command: string | undefined;
  readonly terminal: boolean;
}

/** A terminal that does not know its size says 0. */
const sizeOf = ({ rows, columns }: NodeJS.WriteStream) => ({ rows: rows || 24, cols: columns || 80 });

interface Running {
  readonly channel: ClientChannel;
  /** The exit code as `ssh` has it, once all output has arrived. */
  readonly exit: Promise<number>;
}

function start(client: Client, { command, terminal }: ShellOptions): Promise<Running> {
  const pty: PseudoTtyOptions | undefined = terminal
    ? { term: process.env['TERM'] ?? 'xterm', ...sizeOf(process.stdout) }
    : undefined;
  return new Promise((resolve, reject) => {
    // How a quick command ended can stand in the same packet as the answer that it began: listen at once.
    const opened = (error: Error | undefined, channel: ClientChannel) =>
      error ? reject(error) : resolve({ channel, exit: exitCode(channel) });
    if (command === undefined) client.shell(pty ?? false, opened);
    else client.exec(command, pty ? { pty } : {}, opened);
  });
}

/** As a shell counts what ended by a signal, and OpenSSH what broke. */
const SIGNALLED = 128;
const BROKEN = 255;

/** Joins this terminal, or these pipes, with a command in the guest. @returns the exit code as `ssh` has it */
export async function runShell({ client, broken }: Ssh, options: ShellOptions): Promise<number> {
  const { channel, exit } = await start(client, options);
  const restore = options.terminal ? rawMode(process.stdin) : () => {};
  const resize = (): void => {
    const { rows, cols } = sizeOf(process.stdout);
    channel.setWindow(rows, cols, 0, 0);
  };
  if (options.terminal) process.stdout.on('resize', resize);
  process.stdin.pipe(channel);
  channel.pipe(process.stdout, { end: false });
  channel.stderr.pipe(process.stderr, { end: false });
  try {
    return await Promise.race([exit, broken.then(() => BROKEN)]);
  } finally {
    process.stdout.off('resize', resize);
    process.stdin.unpipe(channel).pause();
    restore();
  }
}

function exitCode(channel: ClientChannel): Promise<number> {
  let code = BROKEN;
  channel.on('exit', (status: number | null, signal?: string) => {
    code = status ?? (signal ? SIGNALLED : BROKEN);
  });
  return new Promise((resolve) => channel.on('close', () => resolve(code)));
}
