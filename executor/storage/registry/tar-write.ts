import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { padding } from './tar.ts';

const BLOCK = 512;
/** qemu's user and group in KubeVirt's launcher, who must be able to read the disk. */
const QEMU = 107;
const LARGEST_OCTAL = 8 ** 11 - 1;

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

/** A ustar header; a size of 8 GiB and more is written as GNU tar does, in binary. No times: the same disk is the same layer. */
function header(name: string, mode: number, type: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100);
  block.write(octal(mode, 8) + octal(QEMU, 8) + octal(QEMU, 8), 100);
  if (size <= LARGEST_OCTAL) block.write(octal(size, 12), 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(octal(0, 12), 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** An archive with one file below /disk. Its bytes can be read more than once. */
export async function diskArchive(
  path: string,
  name: string,
): Promise<{ size: number; read(): AsyncIterable<Buffer> }> {
  const { size } = await stat(path);
  const head = Buffer.concat([header('disk/', 0o755, '5', 0), header(`disk/${name}`, 0o444, '0', size)]);
  const tail = Buffer.alloc(padding(size) + 2 * BLOCK);
  return {
    size: head.length + size + tail.length,
    async *read() {
      yield head;
      yield* createReadStream(path, { highWaterMark: 1024 ** 2 }) as AsyncIterable<Buffer>;
      yield tail;
    },
  };
}
