import { string } from '@oclif/core/flags';
import type { DryRun } from '../../apply/report.ts';
import { optionalArg, requiredArg } from '../../args.ts';
import { usage } from '../../errors.ts';
import { DiskCommand } from '../../machine/disk-command.ts';
import { findDrive, withMedium } from '../../machine/disk-list.ts';
import { objectName } from '../../names.ts';
import { mediumChanged } from '../../wait/disks.ts';

function mediumOf({ image, disk }: { image?: string | undefined; disk?: string | undefined }): object {
  if (image !== undefined && disk === undefined) return { image: { name: objectName(image) } };
  if (disk !== undefined && image === undefined) return { disk: { name: objectName(disk) } };
  throw usage('which medium goes in?', 'give one of --image NAME and --disk NAME');
}

export default class DiskInsert extends DiskCommand {
  static override summary = 'Put a medium into a CD-ROM or floppy drive; what is in it goes out.';
  static override examples = ['<%= config.bin %> disk insert web --image debian-dvd --wait'];
  static override args = {
    machine: requiredArg('name of the machine'),
    drive: optionalArg('name of the drive; the only one where not given'),
  };
  static override flags = {
    ...DiskCommand.flags,
    image: string({ helpValue: 'NAME', description: 'Image that the guest sees.' }),
    disk: string({ helpValue: 'NAME', description: 'Disk that the guest sees.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DiskInsert);
    const medium = mediumOf(flags);
    const { output: format, wait, timeout } = flags;
    const asked = { machine: args.machine, mode: flags['dry-run'] as DryRun, format, wait, timeout };
    await this.change(await this.connect(flags), asked, (machine) => {
      const drive = findDrive(machine, args.drive);
      return {
        disks: withMedium(machine, drive, medium),
        said: `insert into ${drive.name} requested`,
        judge: mediumChanged(drive.name),
      };
    });
  }
}
