import { formatSize, parseSize } from '../../schemas/types/size.ts';
import type { Codec } from '../table/codec.ts';

/** A whole number in decimal digits, as libvirt reads it: no sign, no `0x`, no fraction. */
export const whole = (min = 0, max = Number.MAX_SAFE_INTEGER): Codec<number> => ({
  read: (text) => {
    if (!/^[0-9]+$/.test(text)) return { fault: 'is no whole number' };
    const value = Number(text);
    return value >= min && value <= max ? { value } : { fault: `is not between ${min} and ${max}` };
  },
  write: (value) => String(value),
});

/** A whole number that may be negative. */
export const signed = (min: number, max = Number.MAX_SAFE_INTEGER): Codec<number> => ({
  read: (text) => {
    if (!/^-?[0-9]+$/.test(text)) return { fault: 'is no whole number' };
    const value = Number(text);
    return value >= min && value <= max ? { value } : { fault: `is not between ${min} and ${max}` };
  },
  write: (value) => String(value),
});

/** A number in any base that C knows, as in PCI addresses. */
export const address = (max: number): Codec<number> => ({
  read: (text) => {
    if (!/^(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})$/.test(text)) return { fault: 'is no number' };
    const value = Number(text);
    return value <= max ? { value } : { fault: `is greater than 0x${max.toString(16)}` };
  },
  write: (value) => `0x${value.toString(16)}`,
});

const K = 1024n;
/** Names of libvirt's units of memory. Source: https://libvirt.org/formatdomain.html#memory-allocation */
export const memoryUnit: Codec<string> = {
  read: (text) => (scaleOf(text) === undefined ? { fault: 'is no unit; such as b, KiB, MiB, G' } : { value: text }),
  write: (unit) => unit,
};

/** Bytes of an amount; KiB where the XML names no unit. Not rounded to KiB, as libvirt does: that is for who runs it. */
export const bytesOf = (amount: number, unit = 'KiB'): bigint => BigInt(amount) * (scaleOf(unit) ?? K);

/** The quantity of the schema for an amount of memory. */
export const quantityOf = (amount: number, unit?: string): string => formatSize(bytesOf(amount, unit));

/** A quantity in KiB where it is a whole number of them, else in bytes. */
export function amountOf(quantity: string | number): { amount: number; unit: 'KiB' | 'b' } {
  const bytes = parseSize(quantity);
  return bytes % K === 0n ? { amount: Number(bytes / K), unit: 'KiB' } : { amount: Number(bytes), unit: 'b' };
}

const LETTERS = 'kmgtpe';

/** Bytes of a unit in any case: k and KiB are 1024, KB is 1000. Source: virScaleInteger */
function scaleOf(unit: string): bigint | undefined {
  const [, letter = '', rest = ''] = /^([kmgtpe])(i?b)?$/.exec(unit.toLowerCase()) ?? [];
  if (letter === '') return /^(b|bytes?)$/i.test(unit) ? 1n : undefined;
  return (rest === 'b' ? 1000n : K) ** BigInt(LETTERS.indexOf(letter) + 1);
}

/** A unit of storage. Source: https://libvirt.org/formatstorage.html#general-metadata */
export const storageUnit: Codec<string> = {
  read: (text) => (scaleOf(text) === undefined ? { fault: 'is no unit; such as bytes, KiB, G' } : { value: text }),
  write: (unit) => unit,
};

/** Bytes of an amount of storage; bytes where the XML names no unit. */
export const storageBytes = (amount: number, unit = 'bytes'): bigint => BigInt(amount) * (scaleOf(unit) ?? 1n);
