import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

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
  const log = createWriteStream(options.log, { flags: 'a' });
  log.write(`$ ${command} ${args.join(' ')}\n`);
  const child = spawn('nice', ['-n', '10', command, ...args], {
    ...(options.cwd ? { cwd: options.cwd } : {}),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, tail] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer | string) => {
      log.write(chunk);
      tail = (tail + String(chunk)).slice(-TAIL_BYTES);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  log.end();
  if (code !== 0) throw new Error(`${command} ${args[0] ?? ''} ended with ${code}; see ${options.log}:\n${tail}`);
  return stdout;
}
