import { basename } from 'node:path';
import { listPids, mentions, type ProcessInfo, readProcess } from '../../host/proc.ts';

/** Between fork and qemu's own exec stand, with qemu's arguments among theirs, the programs of `launch.ts`. */
const LAUNCHERS = new Set(['sh', 'setpriv']);
const QEMU = /^qemu-(system-\w+|kvm)$/;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** The control socket is in a folder that has the machine's uid as its name: a machine taken over shows its guest another UUID. */
const CONTROL = /^socket,id=control,path=.*\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/[^/]*$/i;

/** The uid of the machine that this process runs, in lower case; nothing when it is no qemu, or nobody's. */
export function machineOf(argv: readonly string[]): string | undefined {
  const qemu = argv.findIndex((argument) => QEMU.test(basename(argument)));
  if (qemu < 0) return undefined;
  if (qemu > 0 && !LAUNCHERS.has(basename(argv[0] ?? ''))) return undefined;
  const control = argv.map((argument) => CONTROL.exec(argument)?.[1]).find((uid) => uid !== undefined);
  if (control !== undefined) return control.toLowerCase();
  const option = argv.findIndex((argument, index) => index > qemu && /^--?uuid$/.test(argument));
  const uuid = option < 0 ? undefined : argv[option + 1];
  return uuid && UUID.test(uuid) ? uuid.toLowerCase() : undefined;
}

/** One look at what nearly every process of a host fails already. */
const mayBeQemu = (pid: number): boolean => mentions(pid, 'qemu-');

/** Every qemu of this host that was given a UUID, by it: what a restarted executor adopts, pid files or not. */
export function findQemus(): Map<string, ProcessInfo> {
  const found = new Map<string, ProcessInfo>();
  for (const pid of listPids()) {
    if (!mayBeQemu(pid)) continue;
    const process = readProcess(pid);
    const uuid = process && machineOf(process.argv);
    if (process && uuid) found.set(uuid, process);
  }
  return found;
}
