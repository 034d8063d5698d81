import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import type { Layer } from '../../qemu/devices/disk/protocol.ts';
import { Refusal } from '../../qemu/refusal.ts';
import { readFirst } from '../../storage/header/inspect.ts';
import { parseQcow2 } from '../../storage/header/qcow2.ts';
import { inspectVmdk } from '../../storage/header/vmdk.ts';

interface Checked {
  readonly file: FileHandle;
  readonly layer: Layer;
  /** Whether the spec says what is below it: the next file, or nothing. */
  readonly isBounded: boolean;
}

const below = (name: string): string =>
  `its header names ${JSON.stringify(name)} below it; declare that file in backing, or say standalone`;

/** Why a file leads further than the spec says, or nothing. */
type Look = (checked: Checked) => Promise<string | undefined>;

const qcow2: Look = async ({ file, layer, isBounded }) => {
  const { backingFile, dataFile } = parseQcow2(await readFirst(file));
  if (backingFile !== undefined && !isBounded) return below(backingFile);
  if (dataFile !== undefined && !layer.dataFile)
    return `its data is in ${JSON.stringify(dataFile)}; declare that in dataFile`;
  return undefined;
};

/** Formats whose header we do not read must be said to end. */
const unread: Look = async ({ isBounded, layer }) =>
  isBounded
    ? undefined
    : `a file in the format ${layer.format} may name another one; declare backing, or say standalone`;

const vmdk: Look = async ({ file }) => {
  const { size } = await file.stat({ bigint: true });
  await inspectVmdk({ file, first: await readFirst(file), size });
  return undefined;
};

/** The formats in which a file can lead to another one. */
const LOOKS: Readonly<Partial<Record<NonNullable<Layer['format']>, Look>>> = {
  qcow2,
  qcow: unread,
  qed: unread,
  cow: unread,
  vmdk,
};

/** One that is not there, or not ours to read, is qemu's to complain of. */
const openLayer = ({ file, block }: Layer): Promise<FileHandle | undefined> =>
  open(file?.path ?? block?.path ?? '', constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);

async function whyNot(layer: Layer, isBounded: boolean): Promise<string | undefined> {
  const look = LOOKS[layer.format ?? 'raw'];
  const file = look && (layer.file || layer.block) ? await openLayer(layer) : undefined;
  if (!look || !file) return undefined;
  try {
    return await look({ file, layer, isBounded });
  } catch (error) {
    return (error as Error).message;
  } finally {
    await file.close();
  }
}

/**
 * A disk that is used where it is may lead qemu to no other file than those that its spec names: what a header says, which a
 * guest may have written, would be opened with qemu's rights.
 * @throws Refusal
 */
export async function checkNodeChains({ spec }: VirtualMachine): Promise<void> {
  for (const { name, source } of completeSpec(spec).disks) {
    if (!source) continue;
    const { backing = [], standalone = false } = source;
    const layers: readonly Layer[] = [source, ...backing];
    for (const [index, layer] of layers.entries()) {
      const why = await whyNot(layer, index < backing.length || standalone);
      if (why === undefined) continue;
      const field = index === 0 ? `spec.disks[${name}].source` : `spec.disks[${name}].source.backing[${index - 1}]`;
      throw new Refusal('FileLeadsElsewhere', field, `${layer.file?.path ?? layer.block?.path}: ${why}`);
    }
  }
}
