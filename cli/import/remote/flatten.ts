import { open } from 'node:fs/promises';
import { execa } from 'execa';
import { Failure } from '../../errors.ts';

/** A copy of one file of a chain. */
export interface Layer {
  readonly file: string;
  readonly format: 'qcow2' | 'raw';
}

export interface Passphrase {
  /** File that holds it. */
  readonly file: string;
}

const MAGIC = 0x514649fb;
const EXTERNAL_DATA = 4n;

export interface Header {
  readonly hasBacking: boolean;
  /** Its content is in another file, whose name the header says. */
  readonly hasDataFile: boolean;
}

/** What a qcow2 file leads to. Source: docs/interop/qcow2.txt of qemu @returns nothing for a file that is none */
export async function readHeader(file: string): Promise<Header | undefined> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(104), 0, 104, 0);
    if (bytesRead < 72 || buffer.readUInt32BE(0) !== MAGIC) return undefined;
    const features = buffer.readUInt32BE(4) >= 3 ? buffer.readBigUInt64BE(72) : 0n;
    return { hasBacking: buffer.readBigUInt64BE(8) !== 0n, hasDataFile: (features & EXTERNAL_DATA) !== 0n };
  } finally {
    await handle.close();
  }
}

const SECRET = 'passphrase';

/**
 * A chain as qemu opens it: each file with the format and the backing file that we name, whatever its header says. Pure.
 *
 * @param layers the overlay first.
 */
export function chainNode(layers: readonly Layer[], isEncrypted: boolean): object {
  const [first, ...rest] = layers;
  if (!first) throw new RangeError('a chain has no files');
  const file = { driver: 'file', filename: first.file };
  const key = { 'key-secret': SECRET };
  if (first.format === 'raw') return isEncrypted ? { driver: 'luks', file, ...key } : { driver: 'raw', file };
  return {
    driver: 'qcow2',
    file,
    backing: rest.length > 0 ? chainNode(rest, isEncrypted) : null,
    ...(isEncrypted && { encrypt: { format: 'luks', ...key } }),
  };
}

/** Words of qemu-img(1). Pure. */
export function flattenWords(layers: readonly Layer[], to: string, passphrase?: Passphrase): string[] {
  const secret = passphrase
    ? ['--object', JSON.stringify({ 'qom-type': 'secret', id: SECRET, file: passphrase.file })]
    : [];
  const from = `json:${JSON.stringify(chainNode(layers, passphrase !== undefined))}`;
  return ['convert', ...secret, '-O', 'qcow2', from, to];
}

/** Makes one file of a chain, and of what is encrypted something that is not. @throws Failure */
export async function flatten(layers: readonly Layer[], to: string, passphrase?: Passphrase): Promise<void> {
  for (const { file, format } of layers) {
    const header = format === 'qcow2' ? await readHeader(file) : undefined;
    if (format === 'qcow2' && !header) throw new Failure('failed', `${file} is said to be qcow2 and is not`);
    if (header?.hasDataFile) {
      throw new Failure('failed', `${file} keeps its data in another file`, 'flatten it over there: qemu-img convert');
    }
  }
  const result = await execa('qemu-img', flattenWords(layers, to, passphrase), {
    ...{ reject: false, stdin: 'ignore', env: { LC_ALL: 'C' } },
  });
  if (!result.failed) return;
  if (result.code === 'ENOENT') {
    const hint = 'apt-get install qemu-utils, or flatten the disk over there: virsh blockpull';
    throw new Failure('failed', 'qemu-img is not installed here; it makes one file of a chain', hint);
  }
  throw new Failure('failed', `qemu-img makes no single file of ${layers[0]?.file}: ${String(result.stderr).trim()}`);
}
