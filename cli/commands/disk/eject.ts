import type { DryRun } from '../../apply/report.ts';
import { optionalArg, requiredArg } from '../../args.ts';
import { DiskCommand } from '../../machine/disk-command.ts';
import { findDrive, withMedium } from '../../machine/disk-list.ts';
import { mediumChanged } from '../../wait/disks.ts';

export default class DiskEject extends DiskCommand {
  static override summary = 'Take the medium out of a CD-ROM or floppy drive.';
  static override examples = ['<%= config.bin %> disk eject web', '<%= config.bin %> disk eject web cd --wait'];
  static override args = {
    machine: requiredArg('name of the machine'),
    drive: optionalArg('name of the drive; the only one where not given'),
  };
  static override flags = DiskCommand.flags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DiskEject);
    const { output: format, wait, timeout } = flags;
    const asked = { machine: args.machine, mode: flags['dry-run'] as DryRun, format, wait, timeout };
    await this.change(await this.connect(flags), asked, (machine) => {
      const drive = findDrive(machine, args.drive);
      return {
        disks: withMedium(machine, drive, {}),
        said: `eject from ${drive.name} requested`,
        judge: mediumChanged(drive.name),
      };
    });
  }
}
