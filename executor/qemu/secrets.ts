import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { object } from './options.ts';

/** A key of a Secret of the machine's namespace. */
export interface SecretKey {
  readonly name: string;
  readonly key?: string | undefined;
}

const DIGITS = 16;

/** One id for one key, so that two disks share an object's file. */
export const secretId = ({ name, key = '' }: SecretKey): string =>
  `secret-${createHash('sha256')
    .update(JSON.stringify([name, key]))
    .digest('hex')
    .slice(0, DIGITS)}`;

/** Where the executor puts a secret before qemu starts: in the machine's own folder, readable by qemu alone. */
export const secretFile = (runDir: string, secret: SecretKey): string => join(runDir, secretId(secret));

/** qemu reads a secret from a file: nothing of it is on the command line. */
export const secretObject = (runDir: string, id: string, secret: SecretKey): string[] =>
  object({ 'qom-type': 'secret', id, file: secretFile(runDir, secret) });
