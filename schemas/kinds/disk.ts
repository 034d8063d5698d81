import * as z from 'zod';
import { conditions, observedGeneration } from '../types/condition.ts';
import { exactlyOneOf } from '../types/exactly-one.ts';
import { listAtomic } from '../types/list-map.ts';
import type { Resource } from '../types/object.ts';
import { checksum, localName, objectName } from '../types/primitives.ts';
import { boundedSize } from '../types/quantity.ts';
import { keyReference, reference } from '../types/reference.ts';
import { immutable, onUpdate, withRule } from '../types/rule.ts';
import { parseSize } from '../types/size.ts';
import { defineKind } from './define.ts';
import { kindNames } from './names.ts';

export const diskFormat = z.enum(['qcow2', 'raw']);

/** Sizes of qcow2's unit of allocation, powers of two. */
const CLUSTER_SIZES = [
  '512',
  '1Ki',
  '2Ki',
  '4Ki',
  '8Ki',
  '16Ki',
  '32Ki',
  '64Ki',
  '128Ki',
  '256Ki',
  '512Ki',
  '1Mi',
  '2Mi',
] as const;

/** LUKS inside qcow2, or a LUKS volume where the format is raw. */
export const encryption = z
  .object({
    secretRef: keyReference('Secret').describe(
      'Secret with the passphrase; its key passphrase where none is named. Whoever loses it loses the disk.',
    ),
  })
  .describe('Encrypts the volume with LUKS; without the Secret nobody reads it.');

/** Where a disk's first content comes from. */
export const diskSource = exactlyOneOf(
  z.object({
    blank: z.object({}).describe('Empty.').optional(),
    image: reference('VirtualMachineImage')
      .extend({
        copy: z.boolean().describe('A full copy, which needs the image no more, instead of an overlay.').optional(),
      })
      .describe('An image; a qcow2 disk is an overlay on it unless told otherwise, a raw disk a full copy.')
      .optional(),
    disk: reference('VirtualMachineDisk').describe('A full copy of another disk of this namespace.').optional(),
    snapshot: z
      .object({
        name: objectName().describe('Name of the VirtualMachineSnapshot.'),
        disk: localName().describe("Name of the disk inside the snapshot's machine."),
      })
      .describe('A full copy of a disk as a snapshot holds it.')
      .optional(),
    url: z
      .object({
        url: z
          .string()
          .min(8)
          .max(4096)
          .regex(/^https?:\/\/[^\s]+$/)
          .describe('http or https URL.'),
        checksum: checksum().describe('Digest that the content must have.'),
      })
      .describe('A full copy of what a URL serves.')
      .optional(),
    volume: z
      .object({
        file: z
          .string()
          .min(1)
          .max(1024)
          .regex(/^[^/\n\r\0][^\n\r\0]*$/)
          .describe("Below the pool's folder, as its status lists it."),
      })
      .describe('A volume that lies in the pool and that no object has: it becomes the disk, without a copy.')
      .optional(),
  }),
  ['blank', 'image', 'disk', 'snapshot', 'url', 'volume'],
).describe('Where the first content comes from; empty where nothing is given.');

const sized = withRule(
  withRule(
    z.object({
      pool: immutable(objectName()).default('default').describe('Storage pool that holds the volume.'),
      size: boundedSize('512', '60Ti')
        .describe('Virtual size; grows, never shrinks. That of the source where nothing is given.')
        .optional(),
      format: immutable(diskFormat).default('qcow2').describe('Format of the volume.'),
      source: diskSource.optional(),
      preallocation: z
        .enum(['Off', 'Metadata', 'Falloc', 'Full'])
        .default('Off')
        .describe('How much space is taken at creation.'),
      clusterSize: z
        .enum(CLUSTER_SIZES)
        .describe("Unit of allocation of a qcow2 volume; qemu's 64Ki where nothing is given.")
        .optional(),
      encryption: encryption.optional(),
      reclaimPolicy: z
        .enum(['Delete', 'Retain'])
        .default('Delete')
        .describe('Whether the volume is deleted with the object or kept in the pool.'),
    }),
    {
      rule: 'has(self.size) || (has(self.source) && !has(self.source.blank))',
      message: 'size must be set for an empty disk',
      fieldPath: '.size',
      reason: 'FieldValueRequired',
    },
    (value) => value.size !== undefined || (value.source !== undefined && value.source.blank === undefined),
  ),
  {
    rule: "!has(self.format) || self.format != 'raw' || !has(self.preallocation) || self.preallocation != 'Metadata'",
    message: 'a raw disk has no metadata to preallocate',
  },
  (value) => value.format !== 'raw' || value.preallocation !== 'Metadata',
);

const diskSpec = withRule(
  sized,
  {
    rule: "!has(self.format) || self.format != 'raw' || !has(self.clusterSize)",
    message: 'a raw disk has no clusters',
  },
  (value) => value.format !== 'raw' || value.clusterSize === undefined,
);

const changeableSpec = onUpdate(
  diskSpec,
  {
    rule: '!has(oldSelf.size) || (has(self.size) && quantity(string(self.size)).compareTo(quantity(string(oldSelf.size))) >= 0)',
    message: 'size can grow, never shrink',
    fieldPath: '.size',
  },
  {
    rule: 'has(self.source) == has(oldSelf.source) && (!has(self.source) || self.source == oldSelf.source)',
    message: 'source is immutable',
  },
  {
    rule: 'has(self.clusterSize) == has(oldSelf.clusterSize) && (!has(self.clusterSize) || self.clusterSize == oldSelf.clusterSize)',
    message: 'clusterSize is immutable',
  },
  {
    rule: 'has(self.encryption) == has(oldSelf.encryption) && (!has(self.encryption) || self.encryption == oldSelf.encryption)',
    message: 'encryption is immutable',
  },
);

const diskStatus = z.object({
  observedGeneration: observedGeneration(),
  phase: z
    .enum(['Pending', 'Creating', 'Ready', 'Resizing', 'Failed', 'Deleting'])
    .describe('Where the disk is in its life.')
    .optional(),
  nodeName: z.string().max(253).describe('Node that holds the volume.').optional(),
  path: z.string().max(4096).describe('File on the node.').optional(),
  virtualSize: z.string().max(32).describe('Size that the guest sees.').optional(),
  actualSize: z.string().max(32).describe('Space taken in the pool.').optional(),
  backingChain: listAtomic(z.array(z.string().max(4096)).max(256))
    .describe('Files that the volume is an overlay on, nearest first.')
    .optional(),
  usedBy: z.string().max(512).describe('Machine that has the disk.').optional(),
  progress: z.int().min(0).max(100).describe('Percent of a copy that is done.').optional(),
  conditions: conditions(),
});

/** True when `next` is not smaller than `previous`. */
export const grows = (previous: string | number, next: string | number): boolean =>
  parseSize(next) >= parseSize(previous);

export type VirtualMachineDiskSpec = z.output<typeof diskSpec>;
export type VirtualMachineDiskStatus = z.output<typeof diskStatus>;
export type VirtualMachineDisk = Resource<VirtualMachineDiskSpec, VirtualMachineDiskStatus>;

export const virtualMachineDisk = defineKind({
  ...kindNames.VirtualMachineDisk,
  description: 'A volume in a storage pool.',
  spec: changeableSpec,
  status: diskStatus,
  selectableFields: ['.spec.pool'],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the disk is in its life.' },
    { name: 'Size', type: 'string', jsonPath: '.status.virtualSize', description: 'Size that the guest sees.' },
    { name: 'Used', type: 'string', jsonPath: '.status.actualSize', description: 'Space taken in the pool.' },
    { name: 'Pool', type: 'string', jsonPath: '.spec.pool', description: 'Storage pool.' },
    { name: 'Machine', type: 'string', jsonPath: '.status.usedBy', description: 'Machine that has the disk.' },
    { name: 'Format', type: 'string', jsonPath: '.spec.format', description: 'Format.', priority: 1 },
    { name: 'Node', type: 'string', jsonPath: '.status.nodeName', description: 'Node.', priority: 1 },
    { name: 'Path', type: 'string', jsonPath: '.status.path', description: 'File on the node.', priority: 1 },
  ],
});
