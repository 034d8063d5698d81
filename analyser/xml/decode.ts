import { XmlError } from './errors.ts';

const UTF16 = [
  [0xfe, 0xff],
  [0xff, 0xfe],
  [0x00, 0x3c],
  [0x3c, 0x00],
] as const;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a file. UTF-8 only, as libvirt writes: in any other encoding two programs may read different machines.
 *
 * @throws XmlError for UTF-16 and for bytes that are no UTF-8.
 */
export function decodeXml(bytes: Uint8Array, source?: string): string {
  if (UTF16.some(([first, second]) => bytes[0] === first && bytes[1] === second)) {
    throw new XmlError('the file is UTF-16; save it as UTF-8', 1, 1, source);
  }
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new XmlError('the file is not UTF-8', ...placeOfBadByte(bytes), source);
  }
}

/** The longest prefix that decodes ends at the bad byte. */
function placeOfBadByte(bytes: Uint8Array): [number, number] {
  const good = new TextDecoder('utf-8').decode(bytes).split('\ufffd', 1)[0] ?? '';
  const lines = good.split('\n');
  return [lines.length, (lines.at(-1)?.length ?? 0) + 1];
}
