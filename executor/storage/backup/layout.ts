import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface BackupName {
  readonly namespace: string;
  readonly machine: string;
  readonly name: string;
  readonly uid: string;
}

/** Names of objects may be longer than those of files; a digest keeps two that are cut apart. */
const LONGEST = 180;
const short = (name: string): string =>
  name.length <= LONGEST
    ? name
    : `${name.slice(0, LONGEST - 17)}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;

/** Folder of a backup: `<pool>/backups/<namespace>/<machine>/<name>.<beginning of its uid>`. */
export const backupFolder = (pool: string, { namespace, machine, name, uid }: BackupName): string =>
  join(pool, 'backups', namespace, short(machine), `${short(name)}.${uid.slice(0, 8)}`);

/** The copy of a disk, by the disk's name in the machine. */
export const backupFile = (folder: string, disk: string): string => join(folder, `${disk}.qcow2`);

/** Is there once the backup is whole, and not before. */
export const manifestFile = (folder: string): string => join(folder, 'backup.json');
