import type { VirtualMachineStoragePoolSpec } from '../../../schemas/kinds/storage-pool.ts';
import { run } from '../../host/run.ts';
import { examineMounted } from './dir.ts';
import type { PoolDriver, PoolObservation, PoolPlace } from './driver.ts';
import { ensureMounted, ensureUnmounted, mountPoint } from './mount.ts';
import type { Mount } from './mount-plan.ts';

type Nfs = NonNullable<VirtualMachineStoragePoolSpec['nfs']>;

/** A hard mount waits for its server for ever: what asks must be a process that can be given up. */
const ANSWER_MS = 10_000;

/** An export of an NFS server, mounted below the executor's own folder. */
export const nfsDriver: PoolDriver = {
  imageFormats: ['qcow2', 'raw'],
  async prepare({ nfs }, place) {
    if (!nfs) throw new Error('the pool is no nfs pool');
    const mount = nfsMount(nfs, place);
    try {
      await ensureMounted(mount);
    } catch (error) {
      return { ready: false, path: mount.target, ...explainMount(mount, (error as Error).message) };
    }
    return (await whySilent(mount)) ?? examineMounted(mount.target);
  },
  release: ({ name, home }) => ensureUnmounted(mountPoint(name, home)),
};

/** nfs(5): the address of an IPv6 server stands in brackets. */
export function nfsMount({ server, path, options = [] }: Nfs, { name, home }: PoolPlace): Mount {
  const host = server.includes(':') ? `[${server}]` : server;
  return { type: 'nfs', source: `${host}:${path}`, target: mountPoint(name, home), options };
}

async function whySilent({ source, target }: Mount): Promise<PoolObservation | undefined> {
  const asked = run('stat', ['--file-system', '--format=%S', '--', target], ANSWER_MS);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('it does not answer')), ANSWER_MS);
  try {
    await Promise.race([asked, late.promise]);
    return undefined;
  } catch (error) {
    const message = `${source} is mounted on ${target} and cannot be read (${(error as Error).message}): look whether the server is up; what waits for it goes on when it is back`;
    return { ready: false, reason: 'ServerNotResponding', message, path: target };
  } finally {
    asked.catch(() => {});
    clearTimeout(timer);
  }
}

/** What mount(8) and mount.nfs(8) say, what that means, and what to do. The first row that matches counts. */
const MEANINGS: readonly { pattern: RegExp; reason: string; advice: string }[] = [
  {
    pattern: /unknown filesystem type|bad option|helper program|ENOENT|not supported|No such device/i,
    reason: 'NfsNotSupported',
    advice: 'install nfs-common on the node, and see that its kernel has NFS (modprobe nfs)',
  },
  {
    pattern: /only root|must be superuser|Operation not permitted/i,
    reason: 'NotPermitted',
    advice: 'run the executor as root, or mount it yourself and make it a dir pool with shared: true',
  },
  {
    pattern: /access denied|Permission denied/i,
    reason: 'AccessDenied',
    advice: 'have the server export it to this node',
  },
  { pattern: /No such file or directory/i, reason: 'ExportNotFound', advice: 'correct nfs.path, or export it' },
  {
    pattern:
      /timed out|refused|unreachable|no route|resolve|Name or service not known|killed|SIGTERM|Command failed: mount[^\n]*$/i,
    reason: 'ServerUnreachable',
    advice: 'look whether the server is up and lets this node through',
  },
];

/** Why a mount failed, from the text of the error. */
export function explainMount({ source }: Mount, said: string): { reason: string; message: string } {
  const words = said
    .replace(/^Command failed:[^\n]*\n?/, '')
    .trim()
    .replaceAll('\n', '; ');
  const { reason, advice } = MEANINGS.find(({ pattern }) => pattern.test(words || said)) ?? {
    reason: 'MountFailed',
    advice: 'try the same mount by hand',
  };
  return { reason, message: `${source} cannot be mounted (${words || 'mount ended without a word'}): ${advice}` };
}
