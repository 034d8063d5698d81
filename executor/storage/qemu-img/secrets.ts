import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Memory, not a disk, wherever there is one such: shm_overview(7). */
const FOLDERS = ['/dev/shm', tmpdir()];
/** What a child gets after its standard streams. */
const FIRST_DESCRIPTOR = 3;

/** Passphrases held in files without a name, for a child to inherit. */
export interface HeldSecrets extends AsyncDisposable {
  readonly arguments: readonly string[];
  readonly descriptors: readonly number[];
}

/** Makes `--object secret` arguments for passphrases, by their ids. */
export async function holdSecrets(keys: Readonly<Record<string, string>>): Promise<HeldSecrets> {
  const files: FileHandle[] = [];
  for (const key of Object.values(keys)) files.push(await namelessFile(key));
  return {
    arguments: Object.keys(keys).flatMap((id, index) => [
      '--object',
      `secret,id=${id},file=/proc/self/fd/${FIRST_DESCRIPTOR + index}`,
    ]),
    descriptors: files.map(({ fd }) => fd),
    async [Symbol.asyncDispose]() {
      await Promise.all(files.map((file) => file.close()));
    },
  };
}

/** A file that has no name any more by the time it has content. */
async function namelessFile(content: string): Promise<FileHandle> {
  for (const folder of FOLDERS) {
    const path = join(folder, `.vmctl-${randomUUID()}`);
    const file = await open(path, 'wx+', 0o600).catch(() => undefined);
    if (!file) continue;
    await rm(path);
    await file.write(content, 0);
    return file;
  }
  throw new Error(`neither ${FOLDERS.join(' nor ')} can be written to: a passphrase has nowhere to be handed over`);
}
