import * as z from 'zod';

/** Text on one line. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\n\r\0]+$/);

export const count = (max: number) => z.int().min(0).max(max);
