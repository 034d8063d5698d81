import * as z from 'zod';
import { listSet } from '../../types/list-map.ts';
import { localName, objectName, timestamp } from '../../types/primitives.ts';
import { withRule } from '../../types/rule.ts';

const backup = z.object({
  pool: objectName().describe('Storage pool that takes the copies.'),
  fullEvery: z
    .int()
    .min(1)
    .max(1000)
    .default(7)
    .describe('Every so many backups copy everything; those in between what has changed since the one before.'),
});

const fields = z.object({
  cron: z
    .string()
    .min(6)
    .max(128)
    .regex(/^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[0-9A-Za-z*,/?#-]+( +[0-9A-Za-z*,/?#-]+){4})$/)
    .describe(
      'When, as in crontab: minute, hour, day of the month, month, day of the week; or @hourly, @daily, @weekly.',
    ),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9_+/-]+$/)
    .default('UTC')
    .describe('Time zone of cron, such as Europe/Berlin.'),
  keep: z
    .int()
    .min(1)
    .max(1000)
    .default(7)
    .describe('So many of the newest that are whole stay, with what they are built on. Failures never push them out.'),
  suspend: z.boolean().default(false).describe('Take none for now; those that are there stay.'),
  memory: z.boolean().default(false).describe('Hold the memory too.'),
  quiesce: z
    .enum(['IfPossible', 'Required', 'Never'])
    .default('IfPossible')
    .describe("Freeze the guest's file systems."),
  method: z.enum(['Internal', 'External']).default('Internal').describe('As in a VirtualMachineSnapshot.'),
  disks: listSet(z.array(localName()).min(1).max(60))
    .describe('Names of the disks to take; every writable one where nothing is given.')
    .optional(),
  backup: backup.describe('Make backups instead of snapshots.').optional(),
});

/** Snapshots, or backups, that are taken by the clock. */
export const snapshotSchedule = withRule(
  fields,
  {
    rule: "!has(self.memory) || !self.memory || (!has(self.backup) && (!has(self.method) || self.method == 'Internal'))",
    message: 'with memory there is only the method Internal, and no backup',
  },
  ({ memory, method, backup: copies }) => !memory || (copies === undefined && method === 'Internal'),
);

export const observedSchedule = z
  .object({
    cron: z.string().max(128).describe('Schedule that the times belong to.'),
    lastTime: timestamp().describe(
      'Time of the schedule that was met last; when it was first looked at, where none was.',
    ),
    nextTime: timestamp().describe('When the next is due.').optional(),
    message: z.string().max(1024).describe('Why none is taken.').optional(),
  })
  .describe('How the schedule of snapshots stands.');
