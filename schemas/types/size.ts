/** Sizes only: no sign, no exponent, no milli. A subset of Kubernetes' resource.Quantity. */
export const SIZE = /^[0-9]+(\.[0-9]{1,9})?(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E)?$/;

const FACTOR: Readonly<Record<string, bigint>> = {
  '': 1n,
  k: 1000n,
  M: 1000n ** 2n,
  G: 1000n ** 3n,
  T: 1000n ** 4n,
  P: 1000n ** 5n,
  E: 1000n ** 6n,
  Ki: 1024n,
  Mi: 1024n ** 2n,
  Gi: 1024n ** 3n,
  Ti: 1024n ** 4n,
  Pi: 1024n ** 5n,
  Ei: 1024n ** 6n,
};

const NANO = 1_000_000_000n;

/**
 * Bytes of a size quantity, rounded up to whole bytes as Kubernetes does.
 *
 * @throws RangeError when the text is no size quantity.
 */
export function parseSize(size: string | number): bigint {
  const text = String(size);
  if (!SIZE.test(text)) throw new RangeError(`"${text}" is not a size such as 512Mi, 20Gi or 1000000`);
  const [, whole = '0', fraction = '', suffix = ''] = /^([0-9]+)(?:\.([0-9]+))?([A-Za-z]*)$/.exec(text) ?? [];
  const nanos = BigInt(whole) * NANO + BigInt(fraction.padEnd(9, '0'));
  const scaled = nanos * (FACTOR[suffix] ?? 1n);
  return (scaled + NANO - 1n) / NANO;
}

const SUFFIXES = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const;

/** The shortest exact quantity for a number of bytes: `21474836480n` is `20Gi`, `1000n` is `1000`. */
export function formatSize(bytes: bigint): string {
  const suffix = SUFFIXES.find((unit) => bytes >= (FACTOR[unit] ?? 1n) && bytes % (FACTOR[unit] ?? 1n) === 0n);
  return suffix === undefined ? String(bytes) : `${bytes / (FACTOR[suffix] ?? 1n)}${suffix}`;
}

/** A size rounded for reading, with at most one decimal: `1.5 GiB`. */
export function humanSize(bytes: bigint): string {
  const unit = SUFFIXES.find((suffix) => bytes >= (FACTOR[suffix] ?? 1n));
  if (unit === undefined) return `${bytes} B`;
  const tenths = (bytes * 10n) / (FACTOR[unit] ?? 1n);
  return `${tenths / 10n}${tenths % 10n === 0n ? '' : `.${tenths % 10n}`} ${unit}B`;
}
