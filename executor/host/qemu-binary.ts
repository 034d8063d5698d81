import { run } from './run.ts';

export interface QemuBinary {
  readonly path: string;
  /** e.g. `7.2.22`; for people: what a binary can do is asked of it over QMP. */
  readonly version: string;
}

/** Asks a binary for its version. @returns nothing when it does not run, as one with missing libraries */
export async function findQemuBinary(path: string): Promise<QemuBinary | undefined> {
  const words = await run(path, ['--version']).catch(() => '');
  const version = /version (\S+)/.exec(words)?.[1];
  return version === undefined ? undefined : { path, version };
}
