import * as z from 'zod';
import { conditions, observedGeneration } from '../types/condition.ts';
import { exactlyOneOf } from '../types/exactly-one.ts';
import { listAtomic } from '../types/list-map.ts';
import type { Resource } from '../types/object.ts';
import { checksum, hostPath, objectName } from '../types/primitives.ts';
import { reference } from '../types/reference.ts';
import { immutable, withRule } from '../types/rule.ts';
import { defineKind } from './define.ts';
import { kindNames } from './names.ts';

/** What an image may come as. Other formats are refused by name. */
export const imageFormats = ['qcow2', 'raw', 'vmdk', 'vhdx'] as const;
export const imageCompressions = ['none', 'gzip', 'xz', 'zstd'] as const;

const url = () =>
  z
    .string()
    .min(8)
    .max(4096)
    .regex(/^https?:\/\/[^\s]+$/);

/** A name in a registry and how to be let in. */
const registryPlace = z.object({
  reference: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]*$/)
    .describe('Image reference, registry/name:tag or @digest; docker.io where no registry is named.'),
  secretRef: reference('Secret')
    .describe('Secret of this namespace with .dockerconfigjson, or with username and password, or with token.')
    .optional(),
  insecure: z.boolean().describe('Whether the registry speaks plain http.').optional(),
});

const imageSource = exactlyOneOf(
  z.object({
    http: withRule(
      z.object({
        url: url().describe('http or https URL.'),
        checksum: checksum().describe('Digest that the download must have.').optional(),
        checksumUrl: url()
          .describe(
            "The publisher's file of checksums, read when the image is fetched: its line for the URL's file counts.",
          )
          .optional(),
      }),
      {
        rule: '!(has(self.checksum) && has(self.checksumUrl))',
        message: 'give checksum or checksumUrl, not both',
      },
      (value) => value.checksum === undefined || value.checksumUrl === undefined,
    )
      .describe('A download.')
      .optional(),
    file: z
      .object({
        path: hostPath().describe('File on the node, inside a folder from which its executor may import.'),
        checksum: checksum().describe('Digest that the file must have.').optional(),
      })
      .describe('A file on the node.')
      .optional(),
    oci: registryPlace
      .extend({
        path: z
          .string()
          .min(1)
          .max(1024)
          .regex(/^[^\n\r\0]+$/)
          .describe(
            'File inside the image, such as /disk/fedora.qcow2; the only one below /disk where nothing is given.',
          )
          .optional(),
      })
      .describe('A container disk (one file below /disk), or an artifact of one layer, in an OCI registry.')
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
  format: immutable(z.enum(imageFormats))
    .describe("The content's format; read from its header where nothing is given. Raw is used byte for byte.")
    .optional(),
  compression: immutable(z.enum(imageCompressions))
    .describe('How the content is packed; read from its header, unless the format is declared as raw.')
    .optional(),
  publish: registryPlace
    .extend({
      layout: z
        .enum(['ContainerDisk', 'Artifact'])
        .describe(
          'One layer with the file below /disk, as KubeVirt takes it and where nothing is given, or the file itself.',
        )
        .optional(),
    })
    .describe('A registry that gets a copy, once for each reference.')
    .optional(),
  pool: immutable(objectName()).default('default').describe('Storage pool that keeps it.'),
});

const imageStatus = z.object({
  observedGeneration: observedGeneration(),
  phase: z
    .enum([
      'Pending',
      'Downloading',
      'Uploading',
      'Verifying',
      'Unpacking',
      'Converting',
      'Ready',
      'Failed',
      'Deleting',
    ])
    .describe('Where the image is in its life.')
    .optional(),
  progress: z.int().min(0).max(100).describe('Percent that is done.').optional(),
  format: z.enum(['qcow2', 'raw']).describe('Format as found.').optional(),
  virtualSize: z.string().max(32).describe('Size that a guest would see.').optional(),
  actualSize: z.string().max(32).describe('Space taken in the pool.').optional(),
  digest: z.string().max(135).describe('sha256 of the content.').optional(),
  nodeName: z.string().max(253).describe('Node that holds it.').optional(),
  path: z.string().max(4096).describe('File on the node.').optional(),
  published: z
    .object({
      reference: z.string().max(1024).describe('Where it is.'),
      digest: z.string().max(135).describe('Digest of its manifest.'),
    })
    .describe('The last copy that a registry has taken.')
    .optional(),
  usedBy: listAtomic(z.array(z.string().max(640)).max(32))
    .describe('Disks, machines and retained volumes that need it, as far as there is room.')
    .optional(),
  conditions: conditions(),
});

export type ImageFormat = (typeof imageFormats)[number];
export type ImageCompression = (typeof imageCompressions)[number];
export type RegistryPlace = z.output<typeof registryPlace>;
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
