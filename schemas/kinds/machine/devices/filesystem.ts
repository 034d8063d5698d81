import * as z from 'zod';
import { hostPath } from '../../../types/primitives.ts';
import { address } from '../address.ts';
import { line } from '../disk/location.ts';
import { virtioModel, virtioOptions } from '../virtio.ts';
import { named } from './named.ts';

const mode = () =>
  z
    .string()
    .min(1)
    .max(4)
    .regex(/^[0-7]{1,4}$/);

const daemon = z.object({
  cache: z.enum(['none', 'auto', 'always', 'never', 'metadata']).describe('What the guest may keep.').optional(),
  xattr: z.boolean().describe('Extended attributes.').optional(),
  posixLock: z.boolean().describe('POSIX locks.').optional(),
  flock: z.boolean().describe('BSD locks.').optional(),
  sandbox: z.enum(['namespace', 'chroot']).describe('How it is confined.').optional(),
  openFiles: z.int().min(0).describe('Most open files.').optional(),
  threadPool: z.int().min(0).max(0xffffffff).describe('Threads.').optional(),
});

export const filesystem = z.object({
  ...named,
  type: z.enum(['virtiofs', '9p', 'mtp']).default('virtiofs').describe('How the folder is shared.'),
  path: hostPath().describe('Folder on the node.').optional(),
  socket: hostPath().describe('Socket of a virtiofsd that somebody else runs, in place of a folder.').optional(),
  tag: line(255).describe('Tag that the guest mounts.'),
  readOnly: z.boolean().default(false).describe('The guest cannot write.'),
  accessMode: z
    .enum(['passthrough', 'mapped', 'squash'])
    .describe('Who owns the files of a 9p share; mapped where nothing is given.')
    .optional(),
  multiDevices: z
    .enum(['default', 'remap', 'forbid', 'warn'])
    .describe('Folders over several file systems.')
    .optional(),
  fileMode: mode().describe('Permissions of new files, octal.').optional(),
  directoryMode: mode().describe('Permissions of new folders, octal.').optional(),
  writeOut: z.enum(['immediate']).describe('Write what the guest writes at once.').optional(),
  queueSize: z.int().min(1).max(1024).describe('Requests that fit into a queue.').optional(),
  model: virtioModel.describe('Generations of virtio that it speaks.').optional(),
  daemon: daemon.describe('How virtiofsd is run.').optional(),
  bootOrder: z.int().min(1).max(64).describe('Place in the boot order.').optional(),
  virtio: virtioOptions.optional(),
  address: address('pci', 'usb'),
});
