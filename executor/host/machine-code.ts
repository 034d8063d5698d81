/** A byte, a place in the code, or a reference to one: `rel8` and `rel16` count from the reference's own end. */
export type Piece =
  | number
  | { readonly label: string }
  | { readonly to: string; readonly as: 'rel8' | 'rel16' | 'abs16' };

/** Where a PC's BIOS puts a boot sector. */
const ORIGIN = 0x7c00;
const SECTOR_BYTES = 512;
const SIGNATURE = [0x55, 0xaa];

export const label = (name: string): Piece => ({ label: name });
export const rel8 = (to: string): Piece => ({ to, as: 'rel8' });
export const rel16 = (to: string): Piece => ({ to, as: 'rel16' });
export const abs16 = (to: string): Piece => ({ to, as: 'abs16' });
export const word = (value: number): Piece[] => [value & 0xff, (value >> 8) & 0xff];
export const dword = (value: number): Piece[] => [...word(value & 0xffff), ...word(value >>> 16)];
/** Text with its terminating zero. */
export const text = (value: string): Piece[] => [...Buffer.from(`${value}\0`, 'latin1')];

/** Resolves the labels and makes a bootable sector of the code. @throws on an unknown label, a far jump, or too much code */
export function bootSector(code: readonly Piece[]): Buffer {
  const places = locate(code);
  const bytes: number[] = [];
  for (const piece of code) bytes.push(...resolve(piece, bytes.length, places));
  if (bytes.length > SECTOR_BYTES - SIGNATURE.length) throw new RangeError(`a boot sector of ${bytes.length} bytes`);
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.set(bytes);
  sector.set(SIGNATURE, SECTOR_BYTES - SIGNATURE.length);
  return sector;
}

/** A BIOS boots no disk smaller than one cylinder of 16 heads and 63 sectors, 504 KiB. */
const SMALLEST_DISK_BYTES = 1024 * 1024;

/** A raw disk that boots the sector. */
export function bootDisk(sector: Buffer, bytes = SMALLEST_DISK_BYTES): Buffer {
  const disk = Buffer.alloc(bytes);
  disk.set(sector);
  return disk;
}

function locate(code: readonly Piece[]): Map<string, number> {
  const places = new Map<string, number>();
  let offset = 0;
  for (const piece of code) {
    if (typeof piece === 'object' && 'label' in piece) places.set(piece.label, offset);
    else offset += typeof piece === 'number' || piece.as === 'rel8' ? 1 : 2;
  }
  return places;
}

function resolve(piece: Piece, offset: number, places: ReadonlyMap<string, number>): number[] {
  if (typeof piece === 'number') return [piece];
  if ('label' in piece) return [];
  const place = places.get(piece.to);
  if (place === undefined) throw new RangeError(`no label ${piece.to}`);
  if (piece.as === 'abs16') return word(ORIGIN + place) as number[];
  if (piece.as === 'rel16') return word(place - offset - 2) as number[];
  const distance = place - offset - 1;
  if (distance < -128 || distance > 127) throw new RangeError(`${piece.to} is ${distance} bytes away`);
  return [distance & 0xff];
}
