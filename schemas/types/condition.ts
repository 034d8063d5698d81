import * as z from 'zod';
import { timestamp } from './primitives.ts';

/** meta/v1 Condition, with `observedGeneration` as the API conventions ask. */
export const condition = z
  .object({
    type: z.string().max(316).describe('What the condition is about, in CamelCase.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
    reason: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
      .describe('One CamelCase word for programs.'),
    message: z.string().max(32768).describe('A sentence that a person can act on.'),
    lastTransitionTime: timestamp().describe('When the status last changed.'),
    observedGeneration: z.int().min(0).describe('The generation of the spec that this is about.').optional(),
  })
  .describe('One observation of the current state.');

export type Condition = z.infer<typeof condition>;

/** The list of conditions of a status, merged by type. */
export const conditions = () =>
  z
    .array(condition)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('Observations of the current state, one per type.')
    .optional();

/** The generation of the spec that a status was made from. */
export const observedGeneration = () =>
  z.int().min(0).describe('The generation of the spec that this status was made from.').optional();
