import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { bootCode, placedCore } from './bios.ts';
import { efiCommands } from './efi.ts';
import { partitionTable, SECTOR } from './gpt.ts';
import { type Layout, layoutOf } from './layout.ts';
import { type DebianOptions, mmdebstrapArguments } from './packages.ts';
import { hostSources, requireTools, type Step, step } from './tools.ts';
import { commandLine, efiGrubConfig, TREE_COMMANDS, treeFiles } from './tree.ts';

export interface BuildOptions extends DebianOptions {
  /** Bytes of the disk. */
  readonly size: number;
  readonly format: 'qcow2' | 'raw';
  /** Whether the clusters of a qcow2 are compressed: smaller, and slower to make. */
  readonly compress: boolean;
  /** File to write. */
  readonly output: string;
  /** Where to put the kernel and its initrd, for machines that boot them without the disk's boot loader. */
  readonly kernel?: string | undefined;
  readonly initrd?: string | undefined;
  readonly say: (text: string) => void;
}

export interface Built {
  /** What the kernel is told where it is booted directly. */
  readonly commandLine: string;
}

/** A gigabyte of half a system is not left in the folder for temporary files. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Work {
  readonly folder: string;
  readonly root: string;
  readonly disk: string;
  readonly uuid: string;
  readonly layout: Layout;
  readonly run: Step;
}

/**
 * Makes a disk with a Debian system on it, from Debian's packages, with no loop device and no mount: mmdebstrap makes the files,
 * `mke2fs -d` the file system, mtools the UEFI partition, and the table of partitions is ours.
 * @throws Failure naming what the host lacks, or the program that failed with its last words
 */
export async function buildDebian(options: BuildOptions): Promise<Built> {
  await requireTools();
  const output = resolve(options.output);
  const folder = await mkdtemp(join(process.env['TMPDIR'] ?? tmpdir(), 'vmctl-image-'));
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  // Not once: execa ends the process itself where nobody else listens any more.
  for (const signal of SIGNALS) process.on(signal, interrupt);
  const work: Work = {
    ...{ folder, root: join(folder, 'root'), disk: join(folder, 'disk.raw'), uuid: randomUUID() },
    layout: layoutOf(options.size),
    run: step(join(folder, 'log'), interrupted.signal),
  };
  try {
    await makeTree(work, options);
    await makeDisk(work, options);
    await keepKernel(work, options);
    await convert(work, options, output);
    return { commandLine: commandLine(work.uuid) };
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeTree({ folder, root, uuid, run }: Work, options: BuildOptions): Promise<void> {
  const { suite, mirror, say } = options;
  say(`installing Debian ${suite}`);
  const tar = join(folder, 'root.tar');
  await run('mmdebstrap', mmdebstrapArguments(options, await hostSources(suite, mirror), tar));
  await mkdir(root);
  await run('tar', [
    '--extract',
    '--file',
    tar,
    '--directory',
    root,
    '--numeric-owner',
    '--xattrs',
    '--exclude=./dev/*',
  ]);
  await rm(tar);
  for (const { path, content } of treeFiles(uuid)) {
    const file = join(root, path);
    await rm(file, { force: true });
    if (content === undefined) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode: 0o644 });
  }
  for (const [program = '', ...args] of TREE_COMMANDS) await run('chroot', [root, program, ...args]);
}

async function makeDisk(work: Work, { say }: BuildOptions): Promise<void> {
  const { root, disk, uuid, layout, run, folder } = work;
  say('making its disk');
  const core = await readFile(join(root, 'boot/grub/core.img'));
  await writeFile(disk, '');
  await truncate(disk, layout.size);
  await run('mke2fs', [
    ...['-q', '-t', 'ext4', '-L', 'root', '-U', uuid, '-d', root],
    // GRUB of some releases reads neither.
    ...['-O', '^metadata_csum_seed,^orphan_file', '-E', `offset=${layout.root.start},lazy_itable_init=1`],
    ...['-F', disk, `${layout.root.size / 1024}k`],
  ]);
  const efi = await makeEfi(work);
  const boot = bootCode(await readFile(join(root, 'usr/lib/grub/i386-pc/boot.img')), layout.bios.start);
  const partitions = [layout.root, layout.bios, layout.efi].map((one) => ({ ...one, guid: randomUUID() }));
  const { head, tail } = partitionTable({ diskGuid: randomUUID(), size: layout.size, partitions }, boot);
  await writeAt(disk, [
    [head, 0],
    [placedCore(core, layout.bios.start), layout.bios.start],
    [await readFile(efi), layout.efi.start],
    [tail, layout.size - tail.length],
  ]);
  await rm(join(folder, 'efi.img'));
}

async function makeEfi({ folder, root, uuid, layout, run }: Work): Promise<string> {
  const file = join(folder, 'efi.img');
  const config = join(folder, 'grub.cfg');
  await writeFile(config, efiGrubConfig(uuid));
  await writeFile(file, '');
  await truncate(file, layout.efi.size);
  for (const [program = '', ...args] of efiCommands(file, root, config)) await run(program, args);
  return file;
}

async function writeAt(path: string, pieces: readonly (readonly [Buffer, number])[]): Promise<void> {
  const file = await open(path, 'r+');
  try {
    for (const [bytes, position] of pieces) await writeSparse(file, bytes, position);
  } finally {
    await file.close();
  }
}

/** Leaves out what is zero: the disk is new, and stays sparse. */
async function writeSparse(file: Awaited<ReturnType<typeof open>>, bytes: Buffer, position: number): Promise<void> {
  const zero = Buffer.alloc(SECTOR);
  for (let at = 0; at < bytes.length; at += SECTOR) {
    const sector = bytes.subarray(at, at + SECTOR);
    if (!sector.equals(zero.subarray(0, sector.length))) await file.write(sector, 0, sector.length, position + at);
  }
}

async function keepKernel({ root }: Work, { kernel, initrd }: BuildOptions): Promise<void> {
  if (kernel !== undefined) await copyFile(join(root, 'vmlinuz'), kernel);
  if (initrd !== undefined) await copyFile(join(root, 'initrd.img'), initrd);
}

/** Under a name of its own first: who finds the file finds all of it. */
async function convert({ disk, run }: Work, options: BuildOptions, output: string): Promise<void> {
  options.say(`writing ${output}`);
  const partial = `${output}.${randomUUID().slice(0, 8)}.partial`;
  const packed = options.format === 'qcow2' && options.compress ? ['-c', '-o', 'compression_type=zstd'] : [];
  try {
    await run('qemu-img', ['convert', '-f', 'raw', '-O', options.format, ...packed, disk, partial]);
    await rename(partial, output);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
