import * as z from 'zod';
import { conditions, observedGeneration } from '../types/condition.ts';
import { exactlyOneOf } from '../types/exactly-one.ts';
import { listAtomic, listSet } from '../types/list-map.ts';
import type { Resource } from '../types/object.ts';
import { hostPath, objectName } from '../types/primitives.ts';
import { immutable } from '../types/rule.ts';
import { defineKind } from './define.ts';
import { kindNames } from './names.ts';
import { externalPool } from './storage-pool/external.ts';

const poolSpec = exactlyOneOf(
  z.object({
    dir: immutable(
      z.object({
        path: hostPath().describe('Folder on the node; made if its parent is there.'),
        shared: z.boolean().default(false).describe('Whether every named node sees the same folder.'),
      }),
    )
      .describe('A folder.')
      .optional(),
    nfs: immutable(
      z.object({
        server: z
          .string()
          .min(1)
          .max(253)
          .regex(/^[A-Za-z0-9][A-Za-z0-9.:-]*$/)
          .describe('NFS server.'),
        path: hostPath().describe('Exported folder.'),
        options: listAtomic(
          z
            .array(
              z
                .string()
                .min(1)
                .max(64)
                .regex(/^[A-Za-z0-9_.=:-]+$/),
            )
            .max(32),
        )
          .describe('Mount options.')
          .optional(),
      }),
    )
      .describe('A folder that an NFS server exports.')
      .optional(),
    external: immutable(externalPool)
      .describe("A pool of libvirt's that this version only remembers: nothing can be kept in it.")
      .optional(),
    nodeNames: listSet(z.array(objectName()).max(1000))
      .describe('Nodes that have the pool; every node where the list is empty.')
      .optional(),
  }),
  ['dir', 'nfs', 'external'],
);

const unknownVolume = z.object({
  file: z.string().max(4096).describe("Below the pool's folder."),
  format: z.enum(['qcow2', 'raw']).describe('Format.'),
  size: z.string().max(32).describe('Size that a guest would see.'),
  formerly: z.string().max(640).describe('The object that it was of.').optional(),
});

const poolStatus = z.object({
  observedGeneration: observedGeneration(),
  nodes: listAtomic(
    z
      .array(
        z.object({
          name: z.string().max(253).describe('Node.'),
          ready: z.boolean().describe('Whether the pool can be used there.'),
          message: z.string().max(1024).describe('Why it cannot.').optional(),
          path: z.string().max(4096).describe('Folder on the node.').optional(),
          capacity: z.string().max(32).describe('Size of the file system.').optional(),
          available: z.string().max(32).describe('Space left.').optional(),
          committed: z.string().max(32).describe('What its volumes take once every thin disk is full.').optional(),
          unknownVolumeCount: z.int().min(0).describe('Volumes in the folder that no object has.').optional(),
          unknownVolumes: listAtomic(z.array(unknownVolume).max(20))
            .describe('The first of them, by name; vmctl disk adopt makes one a disk.')
            .optional(),
        }),
      )
      .max(1000),
  )
    .describe('State per node.')
    .optional(),
  conditions: conditions(),
});

export type VirtualMachineStoragePoolSpec = z.output<typeof poolSpec>;
export type VirtualMachineStoragePoolStatus = z.output<typeof poolStatus>;
export type VirtualMachineStoragePool = Resource<VirtualMachineStoragePoolSpec, VirtualMachineStoragePoolStatus>;

export const virtualMachineStoragePool = defineKind({
  ...kindNames.VirtualMachineStoragePool,
  description: 'Where volumes and images live.',
  spec: poolSpec,
  status: poolStatus,
  columns: [
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether it can be used.',
    },
    { name: 'Path', type: 'string', jsonPath: '.status.nodes[0].path', description: 'Folder on the node.' },
    {
      name: 'Capacity',
      type: 'string',
      jsonPath: '.status.nodes[0].capacity',
      description: 'Size of the file system.',
    },
    { name: 'Available', type: 'string', jsonPath: '.status.nodes[0].available', description: 'Space left.' },
    {
      name: 'Committed',
      type: 'string',
      jsonPath: '.status.nodes[0].committed',
      description: 'What its volumes take once every thin disk is full.',
    },
    {
      name: 'Unknown',
      type: 'integer',
      jsonPath: '.status.nodes[0].unknownVolumeCount',
      description: 'Volumes in the folder that no object has.',
      priority: 1,
    },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      description: 'Why it is or is not ready.',
      priority: 1,
    },
  ],
});
