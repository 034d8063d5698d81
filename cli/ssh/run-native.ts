import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../errors.ts';
import type { Credentials } from './auth.ts';
import { hostAlias } from './host-key.ts';
import { type NativeHost, sshArguments } from './native.ts';

export interface NativeLogin extends Credentials {
  readonly command: string | undefined;
  readonly terminal: boolean;
  /** More options, as `KEY=VALUE`. */
  readonly options: readonly string[];
}

/** Arguments of the system's ssh. */
export const nativeArguments = (host: NativeHost, login: NativeLogin): string[] => [
  // The first value of an option counts: what a person asks for comes before ours.
  ...login.options.flatMap((option) => ['-o', option]),
  ...sshArguments(host),
  ...login.identityFiles.flatMap((file) => ['-i', file]),
  ...(login.terminal && login.command !== undefined ? ['-t'] : []),
  `${login.user}@${hostAlias(host.uid)}`,
  ...(login.command === undefined ? [] : ['--', login.command]),
];

/** Runs the system's ssh in our place. @returns its exit code @throws Failure when there is none */
export async function runNative(host: NativeHost, login: NativeLogin): Promise<number> {
  await mkdir(dirname(host.knownHosts), { recursive: true, mode: 0o700 });
  const { execa } = await import('../chunks/run.ts');
  const result = await execa('ssh', nativeArguments(host, login), { stdio: 'inherit', reject: false });
  if (result.exitCode !== undefined) return result.exitCode;
  throw new Failure(
    'failed',
    `ssh cannot be started: ${result.shortMessage}`,
    "install OpenSSH's client, or leave --native away",
  );
}
