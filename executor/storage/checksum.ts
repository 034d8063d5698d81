import { createHash, type Hash } from 'node:crypto';

/** The digests taken of a file while it is copied: sha256 for its status, and the one that its owner gave. */
export interface Digests {
  update(chunk: Buffer): void;
  /** `sha256:…` of all that was taken in. Call once, at the end. */
  finish(): { readonly sha256: string; readonly mismatch: string | undefined };
}

/** @param checksum `sha256:…` or `sha512:…`, or nothing to compare with */
export function createDigests(checksum: string | undefined): Digests {
  const algorithms = new Set(['sha256', ...(checksum?.split(':', 1) ?? [])]);
  const hashes = new Map<string, Hash>([...algorithms].map((name) => [name, createHash(name)]));
  return {
    update(chunk) {
      for (const hash of hashes.values()) hash.update(chunk);
    },
    finish() {
      const found = [...hashes].map(([name, hash]) => `${name}:${hash.digest('hex')}`);
      const wrong = checksum !== undefined && !found.includes(checksum);
      const actual = found.find((digest) => digest.split(':', 1)[0] === checksum?.split(':', 1)[0]);
      return { sha256: found[0] ?? '', mismatch: wrong ? `the checksum is ${actual}, not ${checksum}` : undefined };
    },
  };
}
