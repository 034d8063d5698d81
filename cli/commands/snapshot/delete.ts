import { boolean } from '@oclif/core/flags';
import { displayName, OURS } from '../../api/resources.ts';
import { type DryRun, dryRunNote } from '../../apply/report.ts';
import { listArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { dryRun, timeoutFlag, timeoutMs } from '../../flags.ts';
import { objectName } from '../../names.ts';
import { gone } from '../../wait/judges.ts';
import { until } from '../../wait/until.ts';

export default class SnapshotDelete extends ApiCommand {
  static override summary = 'Delete snapshots. The machine keeps what it has now.';
  static override examples = ['<%= config.bin %> snapshot delete before-upgrade'];
  static override args = { snapshot: listArg('names of snapshots') };
  static override flags = {
    wait: boolean({ default: true, allowNo: true, description: 'Wait until they are gone.' }),
    timeout: timeoutFlag('5m'),
    'dry-run': dryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SnapshotDelete);
    const names = (args.snapshot as unknown as string[]).map((name) => objectName(name));
    const [resource, mode] = [OURS.VirtualMachineSnapshot, flags['dry-run'] as DryRun];
    const session = await this.connect(flags);
    for (const name of names) {
      const target = { namespace: session.namespace, name };
      if (mode === 'client') await session.client.get(resource, target);
      else await session.client.delete(resource, target, undefined, mode === 'server' ? { dryRun: 'All' } : {});
      this.say(`${displayName(resource, name)} deleted${dryRunNote(mode)}`);
    }
    if (flags.wait && mode === 'none')
      await until(
        session,
        names.map((name) => ({ resource, name, judge: gone })),
        timeoutMs(flags.timeout),
      );
  }
}
