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
  'ChecksumMismatch',
  'FileNotAllowed',
  'ImageRefused',
  'NotAFile',
  'RedirectRefused',
  'SizeTooSmall',
  'SourceNotSupported',
]);

/** Reads an error's own `reason` where it has one. */
export function failureOf(error: Error, fallback: string): Failure {
  const { reason } = error as { reason?: unknown };
  const known = typeof reason === 'string' && /^[A-Z][A-Za-z]+$/.test(reason) ? reason : fallback;
  return { reason: known, message: error.message, retry: !TERMINAL.has(known) };
}
