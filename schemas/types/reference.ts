import * as z from 'zod';
import { objectName } from './primitives.ts';

/** `{name}` of an object in the same namespace, or of a cluster-scoped one. */
export const reference = (kind: string) => z.object({ name: objectName().describe(`Name of the ${kind}.`) });

/** One key of a Secret or ConfigMap in the same namespace. */
export const keyReference = (kind: 'Secret' | 'ConfigMap') =>
  z.object({
    name: objectName().describe(`Name of the ${kind} in the same namespace.`),
    key: z.string().min(1).max(253).describe(`Key inside the ${kind}.`).optional(),
  });

export type Reference = z.infer<ReturnType<typeof reference>>;
