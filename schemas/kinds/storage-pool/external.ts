import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\n\r\0]+$/);

/** Types of pool that libvirt has and that no driver here serves. Source: https://libvirt.org/storage.html */
export const externalPoolTypes = [
  'dir',
  'fs',
  'netfs',
  'logical',
  'disk',
  'iscsi',
  'iscsi-direct',
  'scsi',
  'mpath',
  'rbd',
  'sheepdog',
  'gluster',
  'zfs',
  'vstorage',
] as const;

const host = z.object({
  name: text(253).describe('Name or address.'),
  port: z.int().min(0).max(65535).describe('Port.').optional(),
});

const device = z.object({
  path: text(4096).describe('Device of the node, or target of a server.'),
  partSeparator: z.boolean().describe('Whether a p parts the name from the number of a partition.').optional(),
});

const adapter = z.object({
  type: z.enum(['scsi_host', 'fc_host']).describe('Kind of adapter.').optional(),
  name: text(64).describe('Name, host0.').optional(),
  parent: text(64).describe('Adapter that a virtual one is made on.').optional(),
  managed: z.boolean().describe('Whether the virtual adapter goes with the pool.').optional(),
  wwnn: text(16).describe('World-wide node name.').optional(),
  wwpn: text(16).describe('World-wide port name.').optional(),
});

/** What authenticates; the password itself is a secret of libvirt's, which is only named. */
const auth = z.object({
  type: z.enum(['chap', 'ceph']).describe('Protocol.'),
  username: text(253).describe('User.'),
  secretUuid: text(36).describe("UUID of the secret in libvirt's store.").optional(),
  secretUsage: text(1024).describe("Use of the secret in libvirt's store.").optional(),
});

const option = z.object({ name: text(256).describe('Name.'), value: text(1024).describe('Value.').optional() });

/** A pool as libvirt describes it. */
export const externalPool = z.object({
  type: z.enum(externalPoolTypes).describe("libvirt's type of pool."),
  hosts: listAtomic(z.array(host).max(32)).describe('Servers.').optional(),
  devices: listAtomic(z.array(device).max(256)).describe('Devices.').optional(),
  directory: text(4096).describe('Folder on the server or the node.').optional(),
  name: text(253).describe('Volume group, Ceph pool or volume on the server.').optional(),
  format: text(32).describe('Format of the source: nfs, ext4, lvm2, gpt …').optional(),
  protocolVersion: text(8).describe('Version of NFS.').optional(),
  initiator: text(253).describe('Name of the iSCSI initiator.').optional(),
  adapter: adapter.describe('SCSI adapter of the node.').optional(),
  auth: auth.describe('How the server lets the node in.').optional(),
  path: text(4096).describe('Where volumes are found on the node.').optional(),
  options: listAtomic(z.array(option).max(64)).describe('Options of the mount or of Ceph.').optional(),
});
