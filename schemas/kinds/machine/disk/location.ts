import * as z from 'zod';
import { atMostOneOf, exactlyOneOf } from '../../../types/exactly-one.ts';
import { listAtomic } from '../../../types/list-map.ts';
import { hostPath, port } from '../../../types/primitives.ts';
import { keyReference } from '../../../types/reference.ts';

/** One line of text; NUL and newlines would end it elsewhere than it seems. */
export const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\n\r\0]*$/);

/** Where a server of a disk on the network listens. */
const server = atMostOneOf(
  z.object({
    name: line(255).describe('Host name or address.').optional(),
    port: port().describe("Port; the protocol's own where nothing is given.").optional(),
    transport: z.enum(['tcp', 'unix', 'rdma']).describe('tcp where nothing is given.').optional(),
    socket: hostPath().describe('Unix socket on the node, with the transport unix.').optional(),
  }),
  ['name', 'socket'],
);

const auth = z.object({
  user: line(255).describe('Name of the user.'),
  secret: keyReference('Secret').describe('Secret with the password or key.').optional(),
});

export const network = z.object({
  protocol: z
    .enum(['nbd', 'rbd', 'iscsi', 'gluster', 'sheepdog', 'http', 'https', 'ftp', 'ftps', 'tftp', 'ssh', 'nfs', 'vxhs'])
    .describe('How the servers are talked to.'),
  name: line(4096)
    .describe('What it is called there: an export, POOL/IMAGE, TARGET/LUN, VOLUME/PATH, a path.')
    .optional(),
  query: line(4096).describe('Query of the URL.').optional(),
  hosts: listAtomic(z.array(server).max(32)).describe('Servers; their configuration names them otherwise.').optional(),
  tls: z.boolean().describe('Talk TLS.').optional(),
  tlsHostname: line(255).describe('Name that the certificate of the server must have.').optional(),
  snapshot: line(255).describe('Snapshot of an RBD image.').optional(),
  configFile: hostPath().describe("Ceph's configuration on the node.").optional(),
  auth: auth.describe('Who asks.').optional(),
  initiator: line(223).describe('Own name (IQN) towards an iSCSI target.').optional(),
  verifyCertificate: z.boolean().describe('Whether the certificate of a web server is verified.').optional(),
  readaheadBytes: z.int().min(0).describe('How much is read ahead over HTTP and FTP.').optional(),
  timeoutSeconds: z.int().min(0).describe('How long HTTP and FTP may take to connect.').optional(),
  reconnectDelaySeconds: z
    .int()
    .min(0)
    .max(0xffffffff)
    .describe('How long requests wait for a lost NBD server to come back.')
    .optional(),
  knownHosts: hostPath().describe("File with the keys of SSH hosts; the user's own where nothing is given.").optional(),
  user: line(64).describe('User id (NFS) or name (SSH) to act as.').optional(),
  group: line(64).describe('Group id to act as (NFS).').optional(),
  keyFile: hostPath().describe('Private key on the node (SSH).').optional(),
});

const nvme = z.object({
  address: z
    .string()
    .max(12)
    .regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/)
    .describe('PCI address of the controller on the node, 0000:01:00.0.'),
  namespace: z.int().min(1).max(0xfffffffe).describe('Number of the namespace.'),
  managed: z.boolean().describe('The executor takes the controller from the node and gives it back.').optional(),
});

const vhostUser = z.object({
  path: hostPath().describe('Unix socket of the program that serves the disk.'),
  reconnectSeconds: z.int().min(0).max(0x7fffffff).describe('Connect again after so long; 0 is never.').optional(),
});

/** The variants of a place outside the pools, each an optional member. */
export const places = {
  file: z
    .object({ path: hostPath().describe('File on the node.') })
    .describe('A file.')
    .optional(),
  block: z
    .object({ path: hostPath().describe('Device on the node.') })
    .describe('A block device.')
    .optional(),
  directory: z
    .object({ path: hostPath().describe('Folder on the node.') })
    .describe('A folder, shown as a FAT file system.')
    .optional(),
  network: network.describe('On the network.').optional(),
  nvme: nvme.describe('A namespace of an NVMe controller of the node, through VFIO.').optional(),
  vhostUser: vhostUser.describe('A program on the node that serves the disk over vhost-user.').optional(),
  vhostVdpa: z
    .object({ path: hostPath().describe('Character device, /dev/vhost-vdpa-0.') })
    .describe('A vDPA device of the node.')
    .optional(),
};

export const PLACES = ['file', 'block', 'directory', 'network', 'nvme', 'vhostUser', 'vhostVdpa'] as const;

const slice = z.object({
  offset: z.int().min(0).describe('Where it begins, in bytes.'),
  size: z.int().min(1).describe('How long it is, in bytes.'),
});

/** Formats of a disk's content, as libvirt and qemu name them. */
export const FORMATS = [
  'raw',
  'qcow2',
  'qcow',
  'qed',
  'vmdk',
  'vdi',
  'vhdx',
  'vpc',
  'vhd',
  'cow',
  'cloop',
  'dmg',
  'bochs',
  'iso',
  'dir',
  'fat',
  'luks',
  'parallels',
] as const;

/** What is in such a place: format, part of it, encryption. */
export const content = {
  reservations: z
    .object({
      managed: z.boolean().describe("The node's own helper; another one's socket otherwise.").optional(),
      path: hostPath().describe('Unix socket of the helper.').optional(),
    })
    .describe('SCSI persistent reservations, through a helper of the node.')
    .optional(),
  format: z.enum(FORMATS).describe('Format of the content, never guessed; raw where nothing is given.').optional(),
  slice: slice.describe('The part of it that is the disk.').optional(),
  encryption: z
    .object({
      format: z.enum(['luks', 'luks2', 'luks-any', 'qcow']).describe('How it is encrypted.'),
      engine: z.enum(['qemu', 'librbd']).describe('Who decrypts; qemu where nothing is given.').optional(),
      secrets: listAtomic(z.array(keyReference('Secret')).max(8))
        .describe('Secret with the passphrase; one for each layer of an RBD image.')
        .optional(),
    })
    .describe('Encryption of the content.')
    .optional(),
  metadataCacheBytes: z.int().min(0).describe("Most memory for qcow2's tables.").optional(),
};

/** A file of raw data beside a qcow2 file that only describes it. */
const dataFile = exactlyOneOf(z.object(places), PLACES);

/** One file of a chain below a disk. */
export const layer = exactlyOneOf(
  z.object({
    ...places,
    ...content,
    dataFile: dataFile.describe('File that holds the data of a qcow2 file.').optional(),
  }),
  PLACES,
);
