import type { Codec } from '../table/codec.ts';

const MILLISECONDS = 1000;

/** Seconds since 1970 as `2009-02-14T00:01:30`, UTC. */
export const instant: Codec<string> = {
  read: (text) => {
    const seconds = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
    const date = new Date(seconds * MILLISECONDS);
    const written = Number.isNaN(date.getTime()) ? '' : date.toISOString();
    return /^[0-9]{4}-/.test(written) ? { value: written.slice(0, 19) } : { fault: 'is no time before the year 10000' };
  },
  write: (value) => String(Date.parse(`${value}Z`) / MILLISECONDS),
};
