import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** Cron and some service managers leave the system's own folders out. */
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** What a program of the host is given of our environment: where programs are, and plain English. */
export const programEnvironment = (): { readonly PATH: string; readonly LC_ALL: string } => ({
  PATH: [process.env['PATH'], ...SYSTEM_PATH].filter(Boolean).join(delimiter),
  LC_ALL: 'C',
});

/** Runs a program of the host, its words in plain English. @throws with what it wrote to stderr */
export async function run(file: string, args: readonly string[], timeoutMs = 10_000): Promise<string> {
  const { stdout } = await execute(file, args, { timeout: timeoutMs, env: programEnvironment() });
  return stdout;
}

/** The path of a program, searched like a shell would, then in the system's own folders. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = isAbsolute(name) ? [''] : [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_PATH];
  for (const folder of folders) {
    const path = join(folder, name);
    if (await may(path, constants.X_OK)) return path;
  }
  return undefined;
}

/** Whether we ourselves may do it. */
export async function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
