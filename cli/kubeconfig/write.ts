import { chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../errors.ts';

const LOCK_TRIES = 50;
const LOCK_PAUSE_MS = 100;

/** Holds FILE.lock as kubectl does while it changes a kubeconfig. */
async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  for (let tries = 0; ; tries += 1) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      break;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      if (tries >= LOCK_TRIES)
        throw new Failure('failed', `${path} is being changed by another program`, `if none runs, remove ${lock}`, {
          cause,
        });
      await sleep(LOCK_PAUSE_MS);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

const textOf = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

/** Whole or not at all, readable for its owner only; the owner stays who it was, also when root writes. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.vmctl-${process.pid}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await file.close();
    const before = await stat(path).catch(() => undefined);
    if (before && process.getuid?.() === 0) await chown(temporary, before.uid, before.gid);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Changes a kubeconfig file. A link to it stays one. @throws Failure when another program holds it */
export async function editKubeconfig<T extends { readonly text: string }>(
  path: string,
  edit: (text: string) => T,
): Promise<T> {
  const target = await realpath(path).catch(() => path);
  return locked(target, async () => {
    const before = (await textOf(target)) ?? '';
    const result = edit(before);
    if (result.text !== before) await replace(target, result.text);
    return result;
  });
}
