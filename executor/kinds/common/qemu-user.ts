import { chmod, chown, type FileHandle } from 'node:fs/promises';
import type { Context } from '../../controller/types.ts';
import { whyUnreachable } from '../../host/reach.ts';
import { resolveQemuUser, type UserChoice } from '../../host/user.ts';

/** Asked once for each: the user database may be a network away. */
const known = new Map<string, Promise<UserChoice>>();

function userOf({ settings: { qemuUser, home } }: Context): Promise<UserChoice> {
  const id = JSON.stringify([qemuUser, home]);
  const choice = known.get(id) ?? resolveQemuUser(qemuUser, { through: [home] });
  known.set(id, choice);
  return choice;
}

/** Why qemu could not open what lies in a folder, as a sentence; nothing where it can, or runs as we do. */
export async function whyClosedToQemu(context: Context, folder: string): Promise<string | undefined> {
  const { user } = await userOf(context);
  const closed = user && (await whyUnreachable(folder, user, ['enter']));
  if (!closed) return undefined;
  return `qemu runs as ${context.settings.qemuUser} and could not open a volume in ${folder}: ${closed}; let it through with chmod o+x`;
}

/** Makes a file that qemu may read and write. One whose name may change under us is given by its handle. */
export async function giveToQemu(context: Context, file: string | FileHandle): Promise<void> {
  const { user } = await userOf(context);
  if (typeof file !== 'string') {
    await file.chmod(0o600);
    if (user) await file.chown(user.uid, user.gid);
    return;
  }
  await chmod(file, 0o600);
  if (user) await chown(file, user.uid, user.gid);
}

/** Makes a file that qemu may read; not even its owner writes it by mistake. */
export async function showToQemu(context: Context, path: string): Promise<void> {
  const { user } = await userOf(context);
  await chmod(path, 0o440);
  if (user) await chown(path, 0, user.gid);
}
