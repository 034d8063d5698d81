import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { string } from '@oclif/core/flags';
import { queryString, resourcePath } from '../../../schemas/client/paths.ts';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import { openDownload } from '../../api/download.ts';
import { OURS } from '../../api/resources.ts';
import { optionalArg, requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { usage } from '../../errors.ts';
import { objectName } from '../../names.ts';

export default class SnapshotExport extends ApiCommand {
  static override summary = 'Write the disks of a snapshot or a backup into files, each whole in itself.';
  static override examples = [
    '<%= config.bin %> snapshot export before-upgrade',
    '<%= config.bin %> snapshot export before-upgrade /mnt/usb --format raw',
    '<%= config.bin %> snapshot export before-upgrade - --disk root > root.qcow2',
  ];
  static override args = {
    snapshot: requiredArg('name of the snapshot'),
    folder: optionalArg("folder for the files, - for standard output; the snapshot's name where not given"),
  };
  static override flags = {
    disk: string({ helpValue: 'NAME', description: "Name of the machine's disk; all where not given." }),
    format: string({ options: ['qcow2', 'raw'], default: 'qcow2', description: 'Format of the files.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SnapshotExport);
    const name = objectName(args.snapshot);
    const session = await this.connect(flags);
    const { client, namespace } = session;
    const snapshot = await client.get<VirtualMachineSnapshot>(OURS.VirtualMachineSnapshot, { namespace, name });
    const has = (snapshot.status?.disks ?? []).map((disk) => disk.name);
    const disks = flags.disk === undefined ? has : [flags.disk];
    const fetch = (disk: string) => {
      const resource = { ...OURS.VirtualMachineSnapshot, group: 'subresources.vmctl.dev' };
      const path =
        resourcePath(resource, { namespace, name, subresource: 'export' }) +
        queryString({ disk, format: flags.format });
      return openDownload(session, path);
    };
    if (args.folder === '-') return this.toStandardOutput(disks, fetch);
    const folder = args.folder ?? name;
    await mkdir(folder, { recursive: true });
    for (const disk of disks) {
      const file = join(folder, `${disk}.${flags.format}`);
      await save(file, await fetch(disk));
      this.say(`${file} written`);
    }
  }

  private async toStandardOutput(disks: readonly string[], fetch: (disk: string) => Promise<NodeJS.ReadableStream>) {
    const [disk, ...others] = disks;
    if (disk === undefined || others.length > 0)
      throw usage('standard output takes one disk', `name it with --disk: ${disks.join(', ') || 'there is none'}`);
    if (process.stdout.isTTY) throw usage('a disk is nothing for a terminal', 'name a folder, or send it into a file');
    await pipeline(await fetch(disk), process.stdout);
  }
}

/** A file of that name is whole. */
async function save(file: string, content: NodeJS.ReadableStream): Promise<void> {
  const part = `${file}.part`;
  try {
    await pipeline(content, createWriteStream(part));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
