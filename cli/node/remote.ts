import { Failure } from '../errors.ts';
import type { Finished, Host } from '../import/remote/connect.ts';

/** Runs a program that must succeed. @returns what it printed, trimmed */
export async function must(host: Host, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await host.run(args);
  if (code === 0) return stdout.trim();
  throw new Failure(
    'failed',
    `${host.name}: ${args[0]} ended with ${code}: ${(stderr || stdout).trim().slice(0, 500)}`,
  );
}

/** What a program printed where it succeeded. */
export async function tried(host: Host, args: readonly string[]): Promise<string | undefined> {
  const { code, stdout } = await host.run(args);
  return code === 0 ? stdout.trim() : undefined;
}

/** A file's text; undefined where there is none. */
export async function readFile(host: Host, path: string): Promise<string | undefined> {
  const { code, stdout } = await host.run(['cat', path]);
  return code === 0 ? stdout : undefined;
}

/** Never leaves half a file, and never shows it to others before it has its mode. */
const WRITE = 'umask 077 && cat >"$1.new" && chmod "$2" "$1.new" && mv "$1.new" "$1"';

/** Writes a file whole; what it holds goes through the connection, not through anybody's arguments. */
export async function writeFile(host: Host, path: string, text: string, mode: string): Promise<void> {
  const channel = await host.start(['sh', '-c', WRITE, 'sh', path, mode]);
  const { code, stderr } = await ended(channel, text);
  if (code !== 0) throw new Failure('failed', `${host.name}: cannot write ${path}: ${stderr.trim()}`);
}

type Channel = Awaited<ReturnType<Host['start']>>;

/** Sends the input and waits for the end. */
export function ended(channel: Channel, input?: string): Promise<Omit<Finished, 'stdout'>> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    channel.resume();
    channel.stderr.on('data', (data: Buffer) => {
      stderr = (stderr + data.toString('utf8')).slice(0, 4096);
    });
    channel.once('error', reject);
    channel.once('close', (code: number | null) => resolve({ code: code ?? -1, stderr }));
    if (input !== undefined) channel.end(input);
  });
}
