import { userInfo } from 'node:os';
import { integer, string } from '@oclif/core/flags';
import type { Credentials } from './auth.ts';

/** Flags of every command that logs in. */
export const sshFlags = {
  user: string({
    char: 'l',
    helpValue: 'NAME',
    description: 'User to log in as; yours where neither this nor USER@ is given.',
  }),
  'identity-file': string({
    char: 'i',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'FILE',
    description: 'Private key; those of your ssh agent and of ~/.ssh where not given.',
  }),
  port: integer({ char: 'p', min: 1, max: 65535, default: 22, description: 'Port of the SSH server in the guest.' }),
};

interface Given {
  readonly user?: string | undefined;
  readonly 'identity-file'?: readonly string[] | undefined;
}

/** Who logs in, and by which keys. */
export const credentialsOf = ({ user, 'identity-file': files = [] }: Given, named?: string): Credentials => ({
  user: named ?? user ?? userInfo().username,
  identityFiles: files,
  agentSocket: process.env['SSH_AUTH_SOCK'] || undefined,
});
