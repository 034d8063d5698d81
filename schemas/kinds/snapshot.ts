import * as z from 'zod';
import { conditions, observedGeneration } from '../types/condition.ts';
import { listMap, listSet } from '../types/list-map.ts';
import type { Resource } from '../types/object.ts';
import { duration, hostPath, localName, objectName, timestamp, token } from '../types/primitives.ts';
import { reference } from '../types/reference.ts';
import { immutable, onUpdate, withRule } from '../types/rule.ts';
import { defineKind } from './define.ts';
import { kindNames } from './names.ts';

const backup = z.object({
  pool: objectName().describe('Storage pool that takes the copies; best another one than that of the disks.'),
  mode: z
    .enum(['Auto', 'Full'])
    .default('Auto')
    .describe(
      'Auto copies what has changed since the newest backup in that pool, where that is known; Full copies all.',
    ),
});

const fields = z.object({
  virtualMachine: immutable(reference('VirtualMachine')).describe('Machine of this namespace.'),
  memory: immutable(z.boolean())
    .default(false)
    .describe('Hold the memory of a running machine too, so that a revert goes on where it was.'),
  quiesce: z
    .enum(['IfPossible', 'Required', 'Never'])
    .default('IfPossible')
    .describe("Whether the guest's file systems are frozen for the moment of the snapshot, through the guest agent."),
  quiesceTimeoutSeconds: z
    .int()
    .min(1)
    .max(300)
    .default(10)
    .describe('How long the guest may take to freeze its file systems.'),
  disks: listSet(z.array(localName()).min(1).max(60))
    .describe("Names of the machine's disks; every writable one where nothing is given.")
    .optional(),
  method: immutable(z.enum(['Internal', 'External']))
    .default('Internal')
    .describe('Inside the qcow2 volume, or a new overlay on it.'),
  revert: token().describe('A new token puts the machine back to this snapshot once.').optional(),
  revertPowerState: z
    .enum(['Held', 'Running', 'Paused', 'Stopped'])
    .default('Held')
    .describe('What a revert leaves the machine as; Held is what the snapshot holds.'),
  expiresAfter: duration().describe('Deleted this long after it was taken, such as 72h.').optional(),
  backup: backup
    .describe(
      'Hold copies of the disks in another pool, which outlast the machine, instead of a point inside its volumes.',
    )
    .optional(),
});

const withMethod = withRule(
  fields,
  {
    rule: "!has(self.memory) || !self.memory || !has(self.method) || self.method == 'Internal'",
    message: 'a snapshot with memory must have the method Internal',
  },
  (value) => !value.memory || value.method === 'Internal',
);

const withBackup = withRule(
  withMethod,
  {
    rule: '!has(self.backup) || !has(self.memory) || !self.memory',
    message: 'a backup holds disks only: leave out memory',
  },
  (value) => value.backup === undefined || !value.memory,
);

const snapshotSpec = onUpdate(withBackup, {
  rule: 'has(self.backup) == has(oldSelf.backup) && (!has(self.backup) || self.backup == oldSelf.backup)',
  message: 'backup is immutable',
  fieldPath: '.backup',
});

const snapshotStatus = z.object({
  observedGeneration: observedGeneration(),
  phase: z
    .enum(['Pending', 'Taking', 'Ready', 'Reverting', 'Failed', 'Deleting'])
    .describe('Where the snapshot is in its life.')
    .optional(),
  ready: z.boolean().describe('Whether a revert to it is possible.').optional(),
  consistency: z.enum(['Crash', 'Filesystem', 'Memory']).describe('What the guest finds after a revert.').optional(),
  powerState: z.enum(['Running', 'Paused', 'Stopped']).describe('Power state that the snapshot holds.').optional(),
  parent: z.string().max(253).describe('Snapshot that this one was taken on top of.').optional(),
  size: z.string().max(32).describe('Space that the memory, or a backup, takes.').optional(),
  takenAt: timestamp().describe('When the snapshot was taken.').optional(),
  disks: listMap(
    z
      .array(
        z.object({
          name: localName().describe("Name of the machine's disk."),
          disk: z.string().max(253).describe('VirtualMachineDisk.').optional(),
          tag: z.string().max(128).describe('Name of the snapshot inside the volume.').optional(),
          path: hostPath().describe('File that holds it, where that is not the volume itself.').optional(),
          virtualSize: z.string().max(32).describe('Size of the disk at that time.').optional(),
        }),
      )
      .max(60),
    'name',
  )
    .describe('What was taken of each disk.')
    .optional(),
  backup: z
    .object({
      type: z.enum(['Full', 'Incremental']).describe('What was copied: everything, or what had changed.'),
      base: z.string().max(253).describe('Backup that an incremental one is built on.').optional(),
      reason: z.string().max(1024).describe('Why everything was copied.').optional(),
      path: hostPath().describe('Folder of the copies.'),
    })
    .describe('How the copies were made, and where they are.')
    .optional(),
  progress: z.int().min(0).max(100).describe('Percent of a backup that is copied.').optional(),
  machine: z
    .looseObject({})
    .describe("The machine's spec at that time, for a machine that is made from it.")
    .optional(),
  reverted: token().describe('Last revert token that was carried out.').optional(),
  conditions: conditions(),
});

export type VirtualMachineSnapshotSpec = z.output<typeof snapshotSpec>;
export type VirtualMachineSnapshotStatus = z.output<typeof snapshotStatus>;
export type VirtualMachineSnapshot = Resource<VirtualMachineSnapshotSpec, VirtualMachineSnapshotStatus>;

export const virtualMachineSnapshot = defineKind({
  ...kindNames.VirtualMachineSnapshot,
  description: "A point in time of one machine's disks, with or without its memory.",
  spec: snapshotSpec,
  status: snapshotStatus,
  selectableFields: ['.spec.virtualMachine.name'],
  columns: [
    { name: 'Machine', type: 'string', jsonPath: '.spec.virtualMachine.name', description: 'Machine.' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the snapshot is in its life.' },
    { name: 'Memory', type: 'boolean', jsonPath: '.spec.memory', description: 'Whether it holds the memory.' },
    {
      name: 'Consistency',
      type: 'string',
      jsonPath: '.status.consistency',
      description: 'What the guest finds after a revert.',
    },
    { name: 'Taken', type: 'date', jsonPath: '.status.takenAt', description: 'When it was taken.' },
    {
      name: 'Backup',
      type: 'string',
      jsonPath: '.status.backup.type',
      description: 'Full or Incremental, of a backup.',
    },
    {
      name: 'Parent',
      type: 'string',
      jsonPath: '.status.parent',
      description: 'Snapshot that it was taken on top of.',
      priority: 1,
    },
    {
      name: 'Size',
      type: 'string',
      jsonPath: '.status.size',
      description: 'Space that the memory, or a backup, takes.',
      priority: 1,
    },
  ],
});
