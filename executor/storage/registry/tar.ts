import { RefusedImageError } from '../header/refused.ts';
import type { ByteReader } from './bytes.ts';

/** One file of a tape archive, whose content comes next. */
export interface TarEntry {
  readonly name: string;
  /** POSIX' typeflag: '0' a file, '1' and '2' links, '3' to '6' devices, folders and pipes. */
  readonly type: string;
  readonly size: number;
  /** GNU's holes, which would have to be put back. */
  readonly sparse: boolean;
}

const BLOCK = 512;
/** Names and numbers that do not fit into a header: longer ones are an attack on our memory. */
const MAX_EXTENSION_BYTES = 64 * 1024;

const damaged = (why: string) => new RefusedImageError(`its archive is damaged: ${why}`);

export const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/**
 * Reads an archive's headers, one after the other (POSIX.1-2001 pax, and GNU's long names); the caller takes or skips each
 * content and its padding. Of our own because nothing of it may be held in memory at an archive's word.
 * @throws RefusedImageError
 */
export async function* tarEntries(from: ByteReader): AsyncGenerator<TarEntry> {
  let next: Partial<TarEntry> = {};
  for (let header = await from.read(BLOCK); header; header = await from.read(BLOCK)) {
    if (header.length < BLOCK) throw damaged('it is cut off');
    if (header.every((byte) => byte === 0)) return;
    const entry = parseHeader(header);
    if ('xgLK'.includes(entry.type)) {
      next = { ...next, ...readExtension(entry.type, await extension(from, entry.size)) };
      continue;
    }
    yield { ...entry, ...next };
    next = {};
  }
}

function parseHeader(header: Buffer): TarEntry {
  const sum = header.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== number(header.subarray(148, 156))) throw damaged('a header has a wrong checksum');
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header.subarray(345, 500)) : '';
  const name = text(header.subarray(0, 100));
  const type = String.fromCharCode(header[156] || 48);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type,
    size: number(header.subarray(124, 136)),
    sparse: type === 'S',
  };
}

const text = (field: Buffer): string => {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
};

/** Octal digits; GNU writes larger numbers in binary behind a set bit. */
function number(field: Buffer): number {
  const value =
    (field[0] ?? 0) & 0x80
      ? Number(BigInt(`0x${field.subarray(1).toString('hex')}`))
      : Number.parseInt(text(field).trim() || '0', 8);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw damaged('a header holds no number');
}

async function extension(from: ByteReader, size: number): Promise<Buffer> {
  if (size > MAX_EXTENSION_BYTES) throw new RefusedImageError(`its archive has a name of ${size} bytes`);
  const content = await from.read(size + padding(size));
  if (!content || content.length < size) throw damaged('it is cut off');
  return content.subarray(0, size);
}

/** `L` is the next name; `x` are records such as `30 path=…`. A global record must not name a file. */
function readExtension(type: string, content: Buffer): Partial<TarEntry> {
  if (type === 'L') return { name: text(content) };
  if (type !== 'x') return {};
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString('latin1', at, at + 20), 10);
    if (!(length > 0) || at + length > content.length) throw damaged('a record has a wrong length');
    const record = content.toString('utf8', at, at + length - 1);
    const [key = '', ...value] = record.slice(record.indexOf(' ') + 1).split('=');
    records.set(key, value.join('='));
    at += length;
  }
  const [path, size] = [records.get('path'), records.get('size')];
  return {
    ...(path !== undefined && { name: path }),
    ...(size !== undefined && { size: sizeOf(size) }),
    ...([...records.keys()].some((key) => key.startsWith('GNU.sparse')) && { sparse: true }),
  };
}

function sizeOf(words: string): number {
  if (/^\d{1,15}$/.test(words)) return Number(words);
  throw damaged('a record holds no size');
}
