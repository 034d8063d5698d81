import type { DryRun } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { DiskCommand } from '../../machine/disk-command.ts';
import { findEntry, withoutEntry } from '../../machine/disk-list.ts';
import { diskDetached } from '../../wait/disks.ts';

export default class DiskDetach extends DiskCommand {
  static override summary = 'Take a disk out of a machine. What is on it stays.';
  static override description =
    'The guest of a running machine is asked to let go of the disk, and may take its time: unmount it there first.';
  static override examples = ['<%= config.bin %> disk detach web data --wait'];
  static override args = {
    machine: requiredArg('name of the machine'),
    disk: requiredArg('name of the disk, as the machine or as the API has it'),
  };
  static override flags = DiskCommand.flags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DiskDetach);
    const { output: format, wait, timeout } = flags;
    const asked = { machine: args.machine, mode: flags['dry-run'] as DryRun, format, wait, timeout };
    await this.change(await this.connect(flags), asked, (machine) => {
      const entry = findEntry(machine, args.disk);
      return {
        disks: withoutEntry(machine, entry),
        said: `detach of ${entry.name} requested`,
        judge: diskDetached(entry.name),
      };
    });
  }
}
