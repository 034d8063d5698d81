import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';

const TAIL_BYTES = 4000;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The file that gets all output of the command, which would drown the progress lines. */
  readonly log: string;
}

/** Prints one progress line. */
export function progress(text: string): void {
  console.log(`cluster: ${text}`);
}

/**
 * Runs a command at low priority with its output in a log file.
 * @returns its standard output. @throws with the command, the log's path and the last lines when it fails.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  mkdirSync(dirname(options.log), { recursive: true });
  appendFileSync(options.log, `$ ${command} ${args.join(' ')}\n`);
  const log = { file: options.log, append: true } as const;
  const how = await execa('nice', ['-n', '10', command, ...args], {
    ...(options.cwd && { cwd: options.cwd }),
    ...(options.env && { env: options.env }),
    stdin: 'ignore',
    stdout: ['pipe', log],
    stderr: ['pipe', log],
    all: true,
    reject: false,
    stripFinalNewline: false,
  });
  if (!how.failed) return how.stdout;
  const tail = how.all.slice(-TAIL_BYTES);
  throw new Error(`${command} ${args[0] ?? ''} ended with ${how.exitCode}; see ${options.log}:\n${tail}`, {
    cause: how,
  });
}
