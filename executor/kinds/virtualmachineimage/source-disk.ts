import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import { copyVolume } from '../virtualmachinedisk/copy-volume.ts';
import { resolveSource } from '../virtualmachinedisk/source.ts';
import type { Locate } from './source.ts';

/** The disk is not there, not yet, or not to be shown. */
class DiskSourceError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What an image of a disk is on the way: a flat qcow2 copy, made as a disk that is copied from another is made. */
const asCopy = (image: VirtualMachineImage, name: string): VirtualMachineDisk => ({
  apiVersion: image.apiVersion,
  kind: 'VirtualMachineDisk',
  metadata: image.metadata,
  spec: {
    pool: image.spec.pool,
    format: 'qcow2',
    preallocation: 'Off',
    reclaimPolicy: 'Delete',
    source: { disk: { name } },
  },
});

/** A machine's disk as it is at one moment, whether the machine runs or not. */
export const locateDisk: Locate<'disk'> = async (context, { name }, image) => {
  const copy = asCopy(image, name);
  const source = resolveSource(context, copy);
  if (source.type === 'waiting') throw new DiskSourceError(source.reason, source.message);
  if (source.type !== 'copy') throw new DiskSourceError('DiskNotReady', `the disk ${name} cannot be copied`);
  if (source.encryption) {
    throw new DiskSourceError(
      'SourceNotSupported',
      `the disk ${name} is encrypted, and an image would show what is on it: clone the disk instead`,
    );
  }
  return {
    async fetch(paths, task) {
      const reported = { ...task, report: (percent: number) => task.report(percent, 'Converting') };
      await copyVolume(context, copy, paths, source, reported);
      return digestOf(paths.part);
    },
  };
};

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 }) as AsyncIterable<Buffer>)
    hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
