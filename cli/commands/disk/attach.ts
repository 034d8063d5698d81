import { boolean, string } from '@oclif/core/flags';
import type { DryRun } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { DiskCommand } from '../../machine/disk-command.ts';
import { entryName, withEntry } from '../../machine/disk-list.ts';
import { objectName } from '../../names.ts';
import { diskAttached } from '../../wait/disks.ts';

export default class DiskAttach extends DiskCommand {
  static override summary = 'Give a disk to a machine; one that runs gets it at once.';
  static override examples = [
    '<%= config.bin %> disk attach web data',
    '<%= config.bin %> disk attach web data --bus scsi --serial data01 --wait',
  ];
  static override args = { machine: requiredArg('name of the machine'), disk: requiredArg('name of the disk') };
  static override flags = {
    ...DiskCommand.flags,
    as: string({ helpValue: 'NAME', description: "Name inside the machine; the disk's where not given." }),
    bus: string({
      options: ['virtio', 'scsi', 'sata', 'ide', 'usb', 'nvme'],
      description: 'How it is attached; virtio where not given. sata and ide need a restart.',
    }),
    cache: string({
      options: ['none', 'writeback', 'writethrough', 'directsync', 'unsafe'],
      description: 'Host page cache; none where the file system can.',
    }),
    serial: string({ helpValue: 'TEXT', description: 'Serial number that the guest reads.' }),
    'read-only': boolean({ description: 'The guest cannot write.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DiskAttach);
    const disk = objectName(args.disk);
    const name = flags.as ?? entryName(disk);
    const entry = {
      ...{ name, disk: { name: disk } },
      ...(flags.bus !== undefined && { bus: flags.bus }),
      ...(flags.cache !== undefined && { cache: flags.cache }),
      ...(flags.serial !== undefined && { serial: flags.serial }),
      ...(flags['read-only'] && { readOnly: true }),
    };
    const { output: format, wait, timeout } = flags;
    const asked = { machine: args.machine, mode: flags['dry-run'] as DryRun, format, wait, timeout };
    await this.change(await this.connect(flags), asked, (machine) => ({
      disks: withEntry(machine, entry),
      said: `attach of ${disk} as ${name} requested`,
      judge: diskAttached(name),
    }));
  }
}
