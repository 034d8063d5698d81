import { type RunOptions, runQemuImg } from './run.ts';

/** What copies content takes as long as it takes. */
const LONG_MS = 86_400_000;

export type VolumeFormat = 'qcow2' | 'raw';
export type Preallocation = 'Off' | 'Metadata' | 'Falloc' | 'Full';

export interface File {
  readonly path: string;
  readonly format: VolumeFormat;
}

export interface CreateOptions extends File {
  /** Bytes; that of the backing file when left out. */
  readonly size?: bigint;
  readonly backing?: File;
  readonly preallocation?: Preallocation;
}

/** One snapshot inside a qcow2 file, as `qemu-img info` tells it. */
export interface InternalSnapshot {
  readonly id: string;
  readonly name: string;
  /** Bytes of memory state, 0 without. */
  readonly 'vm-state-size': number;
  readonly 'date-sec': number;
}

export interface VolumeInfo {
  readonly 'virtual-size': number;
  readonly 'actual-size': number;
  readonly 'backing-filename'?: string;
  readonly 'full-backing-filename'?: string;
  readonly snapshots?: readonly InternalSnapshot[];
}

/** Arguments of `qemu-img create`. Formats are always named: a probe of content that a guest wrote lets the guest choose. */
export function createArguments({ path, format, size, backing, preallocation = 'Off' }: CreateOptions): string[] {
  const base = backing ? ['-b', backing.path, '-F', backing.format] : [];
  const options = preallocation === 'Off' ? [] : ['-o', `preallocation=${preallocation.toLowerCase()}`];
  return ['create', '-q', '-f', format, ...base, ...options, path, ...(size === undefined ? [] : [String(size)])];
}

export interface ConvertOptions {
  readonly from: File;
  readonly to: File;
  /** Name of an internal snapshot of the source. */
  readonly snapshot?: string;
  readonly preallocation?: Preallocation;
}

export function convertArguments({ from, to, snapshot, preallocation = 'Off' }: ConvertOptions): string[] {
  const at = snapshot === undefined ? [] : ['-l', `snapshot.name=${snapshot}`];
  const options = preallocation === 'Off' ? [] : ['-o', `preallocation=${preallocation.toLowerCase()}`];
  return ['convert', '-p', '-f', from.format, '-O', to.format, ...at, ...options, from.path, to.path];
}

/** `qemu-img snapshot` has no `-f`: only image options name the format. A comma in a value is written twice. */
export function snapshotArguments(action: '-c' | '-a' | '-d', tag: string, path: string): string[] {
  const image = `driver=qcow2,file.driver=file,file.filename=${path.replaceAll(',', ',,')}`;
  return ['snapshot', '-q', action, tag, '--image-opts', image];
}

export const createVolume = (options: CreateOptions, run?: RunOptions) => runQemuImg(createArguments(options), run);
export const convertVolume = (options: ConvertOptions, run?: RunOptions) => runQemuImg(convertArguments(options), run);

/** Grows a volume that no qemu has open. @param size bytes */
export const resizeVolume = ({ path, format }: File, size: bigint, run?: RunOptions) =>
  runQemuImg(['resize', '-q', '-f', format, path, String(size)], run);

/** Looks at a volume; a running qemu may have it open, so what it says of one is of that moment. */
export async function inspectVolume({ path, format }: File, run?: RunOptions): Promise<VolumeInfo> {
  return JSON.parse(await runQemuImg(['info', '-U', '-f', format, '--output=json', path], run)) as VolumeInfo;
}

/** The files that a volume is an overlay on, nearest first. */
export async function backingChain({ path, format }: File, run?: RunOptions): Promise<string[]> {
  const text = await runQemuImg(['info', '-U', '-f', format, '--backing-chain', '--output=json', path], run);
  return (JSON.parse(text) as { filename: string }[]).slice(1).map(({ filename }) => filename);
}

export const takeSnapshot = (path: string, tag: string, run?: RunOptions) =>
  runQemuImg(snapshotArguments('-c', tag, path), run);
export const applySnapshot = (path: string, tag: string, run?: RunOptions) =>
  runQemuImg(snapshotArguments('-a', tag, path), run);
export const deleteSnapshot = (path: string, tag: string, run?: RunOptions) =>
  runQemuImg(snapshotArguments('-d', tag, path), run);

/** Puts everything of an overlay into the file that it lies on. The overlay stays as it is. */
export const commitVolume = (path: string, base: File, run?: RunOptions) =>
  runQemuImg(['commit', '-q', '-d', '-f', 'qcow2', '-b', base.path, path], { timeoutMs: LONG_MS, ...run });

/**
 * Lays an overlay on another file. `unsafe` only changes its header: both files must hold the same. Otherwise what differs is
 * copied into the overlay first.
 */
export const rebaseVolume = (
  path: string,
  base: File | undefined,
  { unsafe = false, ...run }: RunOptions & { readonly unsafe?: boolean } = {},
) =>
  runQemuImg(
    [
      'rebase',
      '-q',
      ...(unsafe ? ['-u'] : []),
      '-f',
      'qcow2',
      ...(base ? ['-b', base.path, '-F', base.format] : ['-b', '']),
      path,
    ],
    { timeoutMs: LONG_MS, ...run },
  );
