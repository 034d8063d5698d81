import { humanSize } from '../../../schemas/types/size.ts';

/** A file that must not become an image. The message is half a sentence about the file: "it has the backing file …". */
export class RefusedImageError extends Error {
  override readonly name = 'RefusedImageError';
}

/** As large as any format that is taken can be (VHDX: 64 TiB, a qcow2 of 64 KiB clusters: 32 MiB of first table). */
export const MAX_VIRTUAL_BYTES = 60n * 1024n ** 4n;

/** @throws RefusedImageError for a size that no guest could have */
export function requireSize(virtualSize: bigint): void {
  if (virtualSize > 0n && virtualSize <= MAX_VIRTUAL_BYTES) return;
  throw new RefusedImageError(`its virtual size of ${virtualSize} bytes is out of bounds (1 byte to 60 TiB)`);
}

/** What real content never shrinks by, and how little of it is worth no question. */
const MOST_RATIO = 100n;
const UNQUESTIONED_BYTES = 1024n ** 3n;

/** @throws RefusedImageError for content that unpacks to so much more that it can only be meant to fill the pool */
export function requireHonest(packed: bigint, unpacked: bigint): void {
  if (unpacked <= UNQUESTIONED_BYTES || unpacked <= packed * MOST_RATIO) return;
  throw new RefusedImageError(
    `its ${humanSize(packed)} unpack to ${humanSize(unpacked)} and more, over a hundredfold: nothing real shrinks so much`,
  );
}
