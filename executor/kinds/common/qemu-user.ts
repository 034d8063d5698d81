import { chmod, chown } from 'node:fs/promises';
import type { Context } from '../../controller/types.ts';
import { resolveQemuUser, type UserChoice } from '../../host/user.ts';

/** Asked once for each name: the user database may be a network away. */
const known = new Map<string, Promise<UserChoice>>();

function userOf({ settings: { qemuUser } }: Context): Promise<UserChoice> {
  const choice = known.get(qemuUser) ?? resolveQemuUser(qemuUser);
  known.set(qemuUser, choice);
  return choice;
}

/** Makes a file that qemu may read and write. */
export async function giveToQemu(context: Context, path: string): Promise<void> {
  const { user } = await userOf(context);
  await chmod(path, 0o600);
  if (user) await chown(path, user.uid, user.gid);
}

/** Makes a file that qemu may read; not even its owner writes it by mistake. */
export async function showToQemu(context: Context, path: string): Promise<void> {
  const { user } = await userOf(context);
  await chmod(path, 0o440);
  if (user) await chown(path, 0, user.gid);
}
