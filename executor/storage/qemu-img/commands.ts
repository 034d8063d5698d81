import { QemuImgError } from './errors.ts';
import { type RunOptions, runQemuImg } from './run.ts';

/** What copies content takes as long as it takes. */
const LONG_MS = 86_400_000;

export type VolumeFormat = 'qcow2' | 'raw';
export type Preallocation = 'Off' | 'Metadata' | 'Falloc' | 'Full';

export interface File {
  readonly path: string;
  readonly format: VolumeFormat;
  /** Passphrase of a volume that is encrypted with LUKS. */
  readonly key?: string;
}

export interface CreateOptions extends File {
  /** Bytes; that of the backing file when left out. */
  readonly size?: bigint;
  readonly backing?: File;
  readonly preallocation?: Preallocation;
  /** Bytes. */
  readonly clusterSize?: bigint;
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
export function createArguments(options: CreateOptions): string[] {
  const { path, size, backing } = options;
  const base = backing ? ['-b', backing.path, '-F', backing.format] : [];
  const to = [...newVolume(options), path, ...(size === undefined ? [] : [String(size)])];
  return ['create', '-q', '-f', driverOf(options), ...base, ...to];
}

/** Ids of the passphrases of what is read, and of what is written. */
const FROM_KEY = 'from-key';
const TO_KEY = 'to-key';
const LUKS_IN_QCOW2 = ['encrypt.format=luks', `encrypt.key-secret=${TO_KEY}`];

/** An encrypted raw volume is a format of its own. */
const driverOf = ({ format, key }: File): string => (format === 'raw' && key !== undefined ? 'luks' : format);

type NewVolume = File & Pick<CreateOptions, 'preallocation' | 'clusterSize'>;

function newVolume({ format, key, preallocation = 'Off', clusterSize }: NewVolume): string[] {
  const encryption = format === 'raw' ? [`key-secret=${TO_KEY}`] : LUKS_IN_QCOW2;
  const options = [
    ...(preallocation === 'Off' ? [] : [`preallocation=${preallocation.toLowerCase()}`]),
    ...(clusterSize === undefined ? [] : [`cluster_size=${clusterSize}`]),
    ...(key === undefined ? [] : encryption),
  ];
  return options.length === 0 ? [] : ['-o', options.join(',')];
}

/** What exists, for commands that take its passphrase: image options name the format too. A comma in a value is written twice. */
function imageOptions(file: File): string {
  const secret = file.format === 'raw' ? 'key-secret' : 'encrypt.key-secret';
  const unlock = file.key === undefined ? '' : `,${secret}=${FROM_KEY}`;
  return `driver=${driverOf(file)},file.driver=file,file.filename=${file.path.replaceAll(',', ',,')}${unlock}`;
}

/** Flags that say what a file is, and the file. */
const named = (file: File): { readonly flags: string[]; readonly file: string } =>
  file.key === undefined
    ? { flags: ['-f', file.format], file: file.path }
    : { flags: ['--image-opts'], file: imageOptions(file) };

const keysOf = (from: File | undefined, to?: File): Record<string, string> => ({
  ...(from?.key !== undefined && { [FROM_KEY]: from.key }),
  ...(to?.key !== undefined && { [TO_KEY]: to.key }),
});

export interface ConvertOptions {
  readonly from: File;
  readonly to: File;
  /** Name of an internal snapshot of the source. */
  readonly snapshot?: string;
  readonly preallocation?: Preallocation;
  /** Bytes. */
  readonly clusterSize?: bigint;
  /** Whether a qemu has the source open: an internal snapshot of it does not change under the copy. */
  readonly shared?: boolean;
}

export function convertArguments({ from, to, snapshot, shared, ...options }: ConvertOptions): string[] {
  const at = snapshot === undefined ? [] : ['-l', `snapshot.name=${snapshot}`];
  const { flags, file } = named(from);
  const made = newVolume({ ...to, ...options });
  return ['convert', '-p', ...(shared ? ['-U'] : []), ...flags, '-O', driverOf(to), ...at, ...made, file, to.path];
}

/** `qemu-img snapshot` has no `-f`: only image options name the format. */
export const snapshotArguments = (action: '-c' | '-a' | '-d', tag: string, path: string, key?: string): string[] => [
  ...['snapshot', '-q', action, tag, '--image-opts'],
  imageOptions({ path, format: 'qcow2', ...(key !== undefined && { key }) }),
];

export const createVolume = (options: CreateOptions, run?: RunOptions) =>
  makingKeys(() =>
    runQemuImg(createArguments(options), { ...patient(options), ...run, keys: keysOf(undefined, options) }),
  );
export const convertVolume = (options: ConvertOptions, run?: RunOptions) =>
  makingKeys(() => runQemuImg(convertArguments(options), { ...run, keys: keysOf(options.from, options.to) }));

const KEY_ATTEMPTS = 8;

/** A key takes seconds of a processor that is idle, and minutes of one that is not. */
const KEY_MS = 600_000;
const patient = ({ key }: File): RunOptions => (key === undefined ? {} : { timeoutMs: KEY_MS });

/** A fast processor derives so many keys between two ticks of the kernel's clock that qemu gives up measuring: once more. */
async function makingKeys(work: () => Promise<string>): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const unlucky = error instanceof QemuImgError && /accurate CPU usage/.test(error.stderr);
      if (!unlucky || attempt === KEY_ATTEMPTS) throw error;
    }
  }
}

/** Grows a volume that no qemu has open. @param size bytes */
export function resizeVolume(volume: File, size: bigint, run?: RunOptions): Promise<string> {
  const { flags, file } = named(volume);
  return runQemuImg(['resize', '-q', ...flags, file, String(size)], {
    ...patient(volume),
    ...run,
    keys: keysOf(volume),
  });
}

/** Looks at a volume; a running qemu may have it open, so what it says of one is of that moment. */
export async function inspectVolume({ path, format }: File, run?: RunOptions): Promise<VolumeInfo> {
  return JSON.parse(await runQemuImg(['info', '-U', '-f', format, '--output=json', path], run)) as VolumeInfo;
}

/** The files that a volume is an overlay on, nearest first. */
export async function backingChain({ path, format }: File, run?: RunOptions): Promise<string[]> {
  const text = await runQemuImg(['info', '-U', '-f', format, '--backing-chain', '--output=json', path], run);
  return (JSON.parse(text) as { filename: string }[]).slice(1).map(({ filename }) => filename);
}

type SnapshotOptions = RunOptions & { readonly key?: string | undefined };

const snapshot =
  (action: '-c' | '-a' | '-d') =>
  (path: string, tag: string, { key, ...run }: SnapshotOptions = {}) =>
    runQemuImg(snapshotArguments(action, tag, path, key), {
      ...run,
      ...(key !== undefined && { keys: { [FROM_KEY]: key } }),
    });

export const takeSnapshot = snapshot('-c');
export const applySnapshot = snapshot('-a');
export const deleteSnapshot = snapshot('-d');

/** Names of the bitmaps in a qcow2 volume that no qemu has open. */
export async function listBitmaps(path: string, run?: RunOptions): Promise<string[]> {
  const text = await runQemuImg(['info', '-f', 'qcow2', '--output=json', path], run);
  const info = JSON.parse(text) as { 'format-specific'?: { data?: { bitmaps?: readonly { name: string }[] } } };
  return info['format-specific']?.data?.bitmaps?.map(({ name }) => name) ?? [];
}

export const removeBitmap = (path: string, name: string, run?: RunOptions) =>
  runQemuImg(['bitmap', '--remove', '-f', 'qcow2', path, name], run);

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
