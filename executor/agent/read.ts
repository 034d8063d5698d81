import { neutralise } from '../../schemas/types/untrusted.ts';

/** Readers of what a guest says: each takes anything and gives back what it should be, bounded, or nothing. */

export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** A line of text without anything that a terminal would obey; nothing where it is empty. */
export function text(value: unknown, longest: number): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return neutralise(value, longest);
}

/** A whole number of 0 or more, small enough to be exact. */
export const natural = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

/** At most so many members of a list; empty where it is none. */
export const list = (value: unknown, most: number): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, most) : [];

/** Bytes from base64; what is no base64 is dropped, as Node's decoder does. */
export const bytes = (value: unknown): Buffer =>
  typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0);
