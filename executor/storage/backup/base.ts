/** A dirty bitmap as qemu tells it: what has changed on a disk since it was made. */
export interface Bitmap {
  readonly name: string;
  readonly recording: boolean;
  /** qemu did not end in order, so nobody knows what it missed. */
  readonly inconsistent?: boolean;
}

/** A disk that is to be copied. */
export interface Source {
  readonly name: string;
  readonly format: 'qcow2' | 'raw';
  readonly bitmaps: readonly Bitmap[];
}

/** An earlier backup that one may be built on. */
export interface Earlier {
  readonly name: string;
  readonly uid: string;
  /** Names of the disks that it has. */
  readonly disks: readonly string[];
}

export type Choice =
  | { readonly type: 'Incremental'; readonly base: Earlier }
  | { readonly type: 'Full'; readonly reason: string };

const full = (reason: string): Choice => ({ type: 'Full', reason });

/** The bitmap that knows what has changed since a backup. */
export const bitmapOf = (uid: string): string => `vmctl-${uid}`;

/**
 * Whether only changes are copied: when every disk still knows them since the newest backup of the pool. To build on what is not
 * certain would make a backup that looks whole and is not. Pure.
 */
export function chooseBase(mode: 'Auto' | 'Full', newest: Earlier | undefined, sources: readonly Source[]): Choice {
  if (mode === 'Full') return full('everything was asked for');
  if (!newest) return full('there is no earlier backup in the pool');
  for (const source of sources) {
    const why = whyNot(newest, source);
    if (why !== undefined) return full(why);
  }
  return { type: 'Incremental', base: newest };
}

function whyNot(newest: Earlier, { name, format, bitmaps }: Source): string | undefined {
  if (!newest.disks.includes(name)) return `the backup ${newest.name} does not have the disk ${name}`;
  if (format === 'raw') return `the disk ${name} is raw, and a raw volume does not remember what has changed`;
  const bitmap = bitmaps.find((one) => one.name === bitmapOf(newest.uid));
  if (!bitmap) {
    return `the disk ${name} does not know what has changed since the backup ${newest.name}: it was put back, copied or frozen by a snapshot since`;
  }
  if (!bitmap.inconsistent && bitmap.recording) return undefined;
  return `the disk ${name} does not know for certain what has changed since the backup ${newest.name}: its bitmap is inconsistent, since qemu did not end in order`;
}
