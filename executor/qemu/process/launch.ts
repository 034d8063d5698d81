/** The unprivileged user that qemu runs as. */
export interface QemuUser {
  readonly uid: number;
  readonly gid: number;
  /** Further groups, e.g. the one that owns /dev/kvm. */
  readonly groups: readonly number[];
}

export interface LaunchOptions {
  /** The `cgroup.procs` files to join, one for each hierarchy. */
  readonly cgroupProcs?: readonly string[];
  readonly user?: QemuUser;
  /** Bytes of memory that it may keep from being swapped, where that is more than everybody may. */
  readonly lockedBytes?: bigint;
  /** Gives qemu a /dev/net/tun that its user may open, where the host's own is closed to it. */
  readonly privateTun?: boolean;
}

/** udev opens /dev/net/tun to everybody; where there is no udev, qemu sees one of its own, and nobody else does. */
const TUN =
  'mount -t tmpfs -o size=64k,mode=755 vmctl-tun /dev/net && mknod -m 0600 /dev/net/tun c 10 200 && chown "$1" /dev/net/tun && shift && exec "$@"';

/** What is mounted on the host later is still seen inside. */
const withPrivateTun = ({ uid, gid }: QemuUser, command: readonly string[]): string[] => [
  ...['unshare', '--mount', '--propagation', 'slave', '--'],
  ...['sh', '-c', TUN, 'vmctl-tun', `${uid}:${gid}`, ...command],
];

/**
 * Joins, then becomes, the rest of its arguments: `N file1 … fileN command…`. Nothing is ever pasted into it. What keeps a
 * daemon of the node alive when memory runs out (a kubelet gives it -997) is not for guests: the kernel would end all else first.
 */
const JOIN = [
  'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ >"$1" || exit 126; shift; n=$((n-1)); done',
  'a=/proc/self/oom_score_adj; read -r s <$a && [ "$s" -lt 0 ] && echo 0 >$a; exec "$@"',
].join('; ');

/**
 * Puts in front of a command what must happen between fork and exec: join a cgroup, while still root, then drop every
 * privilege. Each program replaces the one before, so the pid stays the same.
 */
export function launchCommand(
  command: readonly string[],
  { cgroupProcs = [], user, privateTun, lockedBytes }: LaunchOptions,
): string[] {
  const confined = user ? [...dropPrivileges(user), ...command] : [...command];
  const seeing = user && privateTun ? withPrivateTun(user, confined) : confined;
  const limit = `--memlock=${lockedBytes}:${lockedBytes}`;
  const dropped = user && lockedBytes !== undefined ? ['prlimit', limit, '--', ...seeing] : seeing;
  if (cgroupProcs.length === 0) return dropped;
  return ['sh', '-c', JOIN, 'vmctl-launch', String(cgroupProcs.length), ...cgroupProcs, ...dropped];
}

/** `util-linux`, which Debian cannot be without, has setpriv; libuv's own uid switch knows no further groups. */
function dropPrivileges({ uid, gid, groups }: QemuUser): string[] {
  const supplementary = groups.length > 0 ? ['--groups', groups.join(',')] : ['--clear-groups'];
  const capabilities = ['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--no-new-privs'];
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, ...supplementary, ...capabilities, '--'];
}
