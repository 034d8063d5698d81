import { constants } from 'node:fs';
import { type FileHandle, lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { Context } from '../../controller/types.ts';
import { syncFolder, writeFileAtomic } from '../../host/atomic.ts';
import { openRegular } from '../../host/open-regular.ts';
import { HEADER_BYTES, parseQcow2 } from '../../storage/header/qcow2.ts';
import { refusal } from '../../storage/header/refuse.ts';
import { runQemuImg } from '../../storage/qemu-img/index.ts';
import {
  makeFolder,
  readSidecar,
  type Sidecar,
  VolumeExistsError,
  volumePaths,
  whoHolds,
} from '../../storage/volume/index.ts';
import { namespaceOf } from '../common/object.ts';
import { giveToQemu } from '../common/qemu-user.ts';
import { requireFree } from '../common/writers.ts';
import { knownVolumes } from '../virtualmachinestoragepool/volumes.ts';
import { diskOwnership } from './observe.ts';

/** The file may not become a disk; the message says which and why. */
class AdoptionRefusedError extends Error {
  readonly reason = 'VolumeRefused';
}

const refuse = (file: string, why: string) => new AdoptionRefusedError(`${file} cannot become the disk: ${why}`);

/**
 * Makes a volume that lies in the pool the disk's own by giving it the disk's name. What says whose it is comes first, so that
 * an interrupted adoption goes on; the file is opened once, and what got the name must be what was judged.
 */
export async function adoptVolume(
  context: Context,
  disk: VirtualMachineDisk,
  pool: string,
  file: string,
): Promise<void> {
  requireInside(file, namespaceOf(disk));
  const owner = diskOwnership(disk);
  const paths = volumePaths(pool, 'disks', owner, disk.spec.format);
  const from = join(pool, file);
  const former = await formerOwner(context, from, file);
  const base = former?.base ?? (await readSidecar(paths.sidecar))?.base;
  await using volume = await open(from, file);
  await requireHarmless(volume, disk, file, base);
  await requireFree(context, from);
  await requireUnused(from, disk);
  if (from !== paths.volume) {
    const held = await whoHolds(paths, owner);
    if (held.by === 'other') throw new VolumeExistsError(held.message);
  }
  await makeFolder(paths);
  await giveToQemu(context, volume);
  const sidecar: Sidecar = { ...owner, ...(base !== undefined && { base }) };
  await writeFileAtomic(paths.sidecar, `${JSON.stringify(sidecar)}\n`, { mode: 0o644 });
  if (from === paths.volume) return;
  await rm(`${from}.json`, { force: true });
  await move(volume, from, paths.volume, file);
  await syncFolder(paths.folder);
}

/** A folder below disks or images is a namespace's own; what an administrator put beside them is for whoever names it. */
function requireInside(file: string, namespace: string): void {
  const parts = file.split('/');
  const plain = parts.every((part) => part !== '' && !part.startsWith('.'));
  const ours = parts.length === 3 && /^(disks|images)$/.test(parts[0] ?? '') && parts[1] === namespace;
  if (plain && (parts.length === 1 || ours)) return;
  throw refuse(file, `it is not in the pool's own folder, nor in disks/${namespace} or images/${namespace} of it`);
}

async function formerOwner(context: Context, from: string, file: string): Promise<Sidecar | undefined> {
  const former = await readSidecar(`${from}.json`);
  const { uids, paths } = knownVolumes(context);
  if (!paths.has(from) && !(former && uids.has(former.uid))) return former;
  throw refuse(file, former ? `${former.kind} ${former.namespace}/${former.name} has it` : 'another object has it');
}

async function open(from: string, file: string): Promise<FileHandle> {
  const volume = await openRegular(from, constants.O_RDWR).catch((error: Error) => {
    throw refuse(file, error.message);
  });
  if (volume) return volume;
  throw Object.assign(new Error(`${file} is not in the pool: look into its status`), { reason: 'VolumeNotFound' });
}

/** As an image is judged; only a base that our own record names is let through, and encryption that the disk has. */
async function requireHarmless(volume: FileHandle, disk: VirtualMachineDisk, file: string, base: string | undefined) {
  if (disk.spec.format === 'raw') return;
  const { buffer, bytesRead } = await volume.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  const header = read(buffer.subarray(0, bytesRead), file);
  const trusted = base !== undefined && header.backingFile === base ? { backingFile: undefined } : {};
  const encrypted = header.encrypted && disk.spec.encryption === undefined;
  const why = refusal({ ...header, ...trusted, encrypted }, (await volume.stat({ bigint: true })).size);
  if (why !== undefined) throw refuse(file, why);
}

function read(first: Buffer, file: string) {
  try {
    return parseQcow2(first);
  } catch (error) {
    throw refuse(file, `${(error as Error).message}; if it is a raw volume, set spec.format to raw`);
  }
}

/** Without -U, qemu-img takes the lock that a running qemu holds. */
const requireUnused = (path: string, { spec }: VirtualMachineDisk): Promise<string> =>
  runQemuImg(['info', '-f', spec.format, '--output=json', path]);

async function move(volume: FileHandle, from: string, to: string, file: string): Promise<void> {
  await rename(from, to);
  const [judged, moved] = [await volume.stat({ bigint: true }), await lstat(to, { bigint: true })];
  if (judged.ino === moved.ino && judged.dev === moved.dev) return;
  await rename(to, from);
  throw refuse(file, 'it was replaced while it was looked at');
}
