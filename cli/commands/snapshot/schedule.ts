import { boolean, integer, string } from '@oclif/core/flags';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { OURS } from '../../api/resources.ts';
import { changeQuery, type DryRun, report } from '../../apply/report.ts';
import { optionalArg, requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { usage } from '../../errors.ts';
import { dryRun, objectOutput } from '../../flags.ts';
import { machineName, objectName } from '../../names.ts';

export default class SnapshotSchedule extends ApiCommand {
  static override summary = 'Have snapshots or backups of a machine taken by the clock.';
  static override examples = [
    '<%= config.bin %> snapshot schedule web "0 * * * *" --keep 24',
    '<%= config.bin %> snapshot schedule web "30 3 * * *" --time-zone Europe/Berlin --backup-pool vault --full-every 7 --keep 14',
    '<%= config.bin %> snapshot schedule web --off',
  ];
  static override args = {
    machine: requiredArg('name of the machine'),
    cron: optionalArg('when, as in crontab: minute, hour, day of the month, month, day of the week'),
  };
  static override flags = {
    keep: integer({ default: 7, min: 1, max: 1000, description: 'How many of the newest whole ones stay.' }),
    'time-zone': string({ default: 'UTC', helpValue: 'ZONE', description: 'Time zone, such as Europe/Berlin.' }),
    memory: boolean({ description: 'Hold the memory too.' }),
    quiesce: string({
      options: ['IfPossible', 'Required', 'Never'],
      default: 'IfPossible',
      description: "Freeze the guest's file systems for the moment.",
    }),
    method: string({ options: ['Internal', 'External'], default: 'Internal', description: 'How a snapshot is held.' }),
    'backup-pool': string({ helpValue: 'NAME', description: 'Make backups into this pool instead of snapshots.' }),
    'full-every': integer({ default: 7, min: 1, max: 1000, description: 'Every so many backups copy everything.' }),
    off: boolean({ description: 'End the schedule. What it made stays.' }),
    'dry-run': dryRun,
    output: objectOutput,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SnapshotSchedule);
    if ((args.cron === undefined) !== (flags.off === true))
      throw usage('when?', 'give the times as in crontab, or --off');
    const pool = flags['backup-pool'];
    const snapshotSchedule = flags.off
      ? null
      : {
          cron: args.cron,
          timeZone: flags['time-zone'],
          keep: flags.keep,
          quiesce: flags.quiesce,
          memory: flags.memory === true,
          method: flags.method,
          backup: pool === undefined ? null : { pool: objectName(pool), fullEvery: flags['full-every'] },
        };
    const session = await this.connect(flags);
    const target = { namespace: session.namespace, name: machineName(args.machine) };
    const mode = flags['dry-run'] as DryRun;
    const after =
      mode === 'client'
        ? await session.client.get<VirtualMachine>(OURS.VirtualMachine, target)
        : await session.client.patch<VirtualMachine>(
            OURS.VirtualMachine,
            target,
            { spec: { snapshotSchedule } },
            { query: changeQuery(mode) },
          );
    this.say(await report(after, OURS.VirtualMachine, flags.off ? 'schedule ended' : 'scheduled', mode, flags.output));
  }
}
