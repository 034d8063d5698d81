import * as z from 'zod';
import { conditions, observedGeneration } from '../types/condition.ts';
import { exactlyOneOf } from '../types/exactly-one.ts';
import type { Resource } from '../types/object.ts';
import { checksum, hostPath, objectName } from '../types/primitives.ts';
import { reference } from '../types/reference.ts';
import { immutable } from '../types/rule.ts';
import { defineKind } from './define.ts';
import { kindNames } from './names.ts';

const imageSource = exactlyOneOf(
  z.object({
    http: z
      .object({
        url: z
          .string()
          .min(8)
          .max(4096)
          .regex(/^https?:\/\/[^\s]+$/)
          .describe('http or https URL.'),
        checksum: checksum().describe('Digest that the download must have.').optional(),
      })
      .describe('A download.')
      .optional(),
    file: z
      .object({
        path: hostPath().describe('File on the node, inside a folder from which its executor may import.'),
        checksum: checksum().describe('Digest that the file must have.').optional(),
      })
      .describe('A file on the node.')
      .optional(),
    oci: z
      .object({
        reference: z
          .string()
          .min(1)
          .max(1024)
          .regex(/^[^\s]+$/)
          .describe('Image reference, registry/name:tag or @digest.'),
      })
      .describe('An artifact in an OCI registry.')
      .optional(),
    disk: reference('VirtualMachineDisk').describe('A copy of a disk of this namespace.').optional(),
    upload: z
      .object({ checksum: checksum().describe('Digest that the upload must have.').optional() })
      .describe('Sent by vmctl image import.')
      .optional(),
  }),
  ['http', 'file', 'oci', 'disk', 'upload'],
);

const imageSpec = z.object({
  source: immutable(imageSource).describe('Where the image comes from.'),
  format: immutable(z.enum(['qcow2', 'raw']))
    .describe("The content's format; read from its header where nothing is given. Raw is used byte for byte.")
    .optional(),
  pool: immutable(objectName()).default('default').describe('Storage pool that keeps it.'),
});

const imageStatus = z.object({
  observedGeneration: observedGeneration(),
  phase: z
    .enum(['Pending', 'Downloading', 'Verifying', 'Ready', 'Failed', 'Deleting'])
    .describe('Where the image is in its life.')
    .optional(),
  progress: z.int().min(0).max(100).describe('Percent that is done.').optional(),
  format: z.enum(['qcow2', 'raw']).describe('Format as found.').optional(),
  virtualSize: z.string().max(32).describe('Size that a guest would see.').optional(),
  actualSize: z.string().max(32).describe('Space taken in the pool.').optional(),
  digest: z.string().max(135).describe('sha256 of the content.').optional(),
  nodeName: z.string().max(253).describe('Node that holds it.').optional(),
  path: z.string().max(4096).describe('File on the node.').optional(),
  conditions: conditions(),
});

export type VirtualMachineImageSpec = z.output<typeof imageSpec>;
export type VirtualMachineImageStatus = z.output<typeof imageStatus>;
export type VirtualMachineImage = Resource<VirtualMachineImageSpec, VirtualMachineImageStatus>;

export const virtualMachineImage = defineKind({
  ...kindNames.VirtualMachineImage,
  description: 'A read-only base for disks.',
  spec: imageSpec,
  status: imageStatus,
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the image is in its life.' },
    { name: 'Progress', type: 'integer', jsonPath: '.status.progress', description: 'Percent that is done.' },
    { name: 'Size', type: 'string', jsonPath: '.status.virtualSize', description: 'Size that a guest would see.' },
    { name: 'Format', type: 'string', jsonPath: '.status.format', description: 'Format.' },
    { name: 'Pool', type: 'string', jsonPath: '.spec.pool', description: 'Storage pool.' },
    { name: 'Digest', type: 'string', jsonPath: '.status.digest', description: 'sha256 of the content.', priority: 1 },
    { name: 'Path', type: 'string', jsonPath: '.status.path', description: 'File on the node.', priority: 1 },
  ],
});
