import { stat } from 'node:fs/promises';
import type { QemuUser } from '../qemu/process/launch.ts';
import { whyUnreachable } from './reach.ts';
import { findProgram, run } from './run.ts';

/** The user that qemu is to run as, or why it runs as ours, as a sentence. */
export type UserChoice =
  | { readonly name: string; readonly user: QemuUser }
  | { readonly user?: undefined; readonly reason: string };

export interface ResolveUserOptions {
  /** Makes the user where it is not there. */
  readonly create?: boolean;
  /** Folders that it must be able to go through: below a home of mode 0700, as /root, it could not open a single disk. */
  readonly through?: readonly string[];
  /** The effective user id of the executor; ours when left out. */
  readonly executorUid?: number;
}

/** Finds, or makes, the unprivileged user. It gets the group of /dev/kvm, since without it there is no acceleration. */
export async function resolveQemuUser(name: string, options: ResolveUserOptions = {}): Promise<UserChoice> {
  const { create = false, executorUid = process.getuid?.() ?? 0 } = options;
  if (executorUid !== 0) return { reason: 'qemu runs as the executor’s own user: only root can switch users' };
  if (!(await findProgram('setpriv'))) {
    return { reason: 'qemu runs as root: setpriv, of the package util-linux, is not installed' };
  }
  const user = (await lookupUser(name)) ?? (create ? await createUser(name) : undefined);
  if (user) return withinReach(name, user, options.through ?? []);
  return { reason: `qemu runs as root: there is no user ${name}; make it with: useradd --system ${name}` };
}

async function withinReach(name: string, user: QemuUser, folders: readonly string[]): Promise<UserChoice> {
  if (user.uid === 0) return { reason: `qemu runs as root: ${name} is root` };
  for (const folder of folders) {
    const closed = await whyUnreachable(folder, user, ['enter']);
    if (closed) return { reason: `qemu runs as root: ${closed}` };
  }
  return { name, user };
}

/** The user with all its groups, asked of the host's own user database, which may be more than /etc/passwd. */
export async function lookupUser(name: string): Promise<QemuUser | undefined> {
  const entry = await run('getent', ['passwd', '--', name]).catch(() => '');
  const fields = entry.trim().split(':');
  if (fields[0] !== name) return undefined;
  const groups = (await run('id', ['-G', '--', name])).trim().split(' ').map(Number);
  const [uid, gid] = [Number(fields[2]), Number(fields[3])];
  const kvm = await kvmGroup();
  const further = new Set(
    [...groups, ...(kvm === undefined ? [] : [kvm])].filter((group) => group !== gid && group !== 0),
  );
  return { uid, gid, groups: [...further].sort((a, b) => a - b) };
}

async function createUser(name: string): Promise<QemuUser | undefined> {
  const nobody = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', '--user-group'];
  await run('useradd', ['--system', ...nobody, '--', name]);
  return lookupUser(name);
}

/** The group that may open /dev/kvm; root's own says nothing. */
async function kvmGroup(): Promise<number | undefined> {
  const device = await stat('/dev/kvm').catch(() => undefined);
  return device && device.gid !== 0 && (device.mode & 0o060) === 0o060 ? device.gid : undefined;
}
