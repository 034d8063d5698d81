import type { MountEntry } from '../../host/mounts.ts';

/** A file system as it should be mounted. */
export interface Mount {
  readonly type: string;
  readonly source: string;
  /** Absolute path of a folder. */
  readonly target: string;
  readonly options: readonly string[];
}

/** One program to run; `argv` is all of it. */
export interface MountAction {
  readonly type: 'mount' | 'unmount';
  readonly argv: readonly string[];
}

/** The kernel answers `nfs4` where one asked for `nfs`. */
const isType = (found: string, wanted: string): boolean => found === wanted || found === `${wanted}4`;

/**
 * mount(8) takes no other words than these: source and target are values of options, so nothing in them is an option.
 * Ours come last and win: what lies in a pool is never run, nor a device.
 */
const mountAction = ({ type, source, target, options }: Mount): MountAction => ({
  type: 'mount',
  argv: ['mount', '-t', type, '-o', [...options, 'nosuid', 'nodev'].join(','), '--source', source, '--target', target],
});

export const unmountAction = (target: string): MountAction => ({ type: 'unmount', argv: ['umount', '--', target] });

/** What makes a folder hold one file system: nothing where it does, and another one goes first. */
export function planMount(wanted: Mount, mounts: readonly MountEntry[]): MountAction[] {
  const found = mounts.filter(({ target }) => target === wanted.target).at(-1);
  if (!found) return [mountAction(wanted)];
  if (isType(found.type, wanted.type) && found.source === wanted.source) return [];
  return [unmountAction(wanted.target), mountAction(wanted)];
}

/** Takes away whatever is mounted on a folder, the last first. */
export const planUnmount = (folder: string, mounts: readonly MountEntry[]): MountAction[] =>
  mounts.filter(({ target }) => target === folder).map(({ target }) => unmountAction(target));
