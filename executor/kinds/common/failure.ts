/** What a person reads of an error, and whether waiting can mend it. */
export interface Failure {
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Whether it is tried again by itself. */
  readonly retry: boolean;
}

/** Reasons that stay until the object, or what its source serves, is changed. */
const TERMINAL = new Set([
  'AddressRefused',
  'ArtifactRefused',
  'ChecksumMismatch',
  'ChecksumNotFound',
  'EndlessBody',
  'FileNotAllowed',
  'ImageRefused',
  'NotAFile',
  'RedirectRefused',
  'SizeTooSmall',
  'SourceNotSupported',
  'VolumeUnreadable',
  'VolumeUntrusted',
  'VolumeRefused',
]);

/** Codes of the file system and of qemu-img that say what a reason should. */
const REASONS: Readonly<Record<string, string>> = { ENOSPC: 'NoSpace', NoSpace: 'NoSpace', InUse: 'VolumeInUse' };

/** Reads an error's own `reason` where it has one, else its code. */
export function failureOf(error: Error, fallback: string): Failure {
  const { reason, code } = error as { reason?: unknown; code?: unknown };
  const own = typeof reason === 'string' && /^[A-Z][A-Za-z]+$/.test(reason) ? reason : REASONS[String(code)];
  const known = own ?? fallback;
  return { reason: known, message: error.message, retry: !TERMINAL.has(known) };
}
