import { string } from '@oclif/core/flags';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import { OURS } from '../../api/resources.ts';
import { changeQuery, type DryRun, report } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { newToken } from '../../machine/token.ts';
import { objectName } from '../../names.ts';
import { snapshotReverted } from '../../wait/judges.ts';
import { until } from '../../wait/until.ts';

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

export default class SnapshotRevert extends ApiCommand {
  static override summary = 'Put a machine back to a snapshot. What was written since is lost.';
  static override examples = [
    '<%= config.bin %> snapshot revert before-upgrade',
    '<%= config.bin %> snapshot revert before-upgrade --power stopped --wait',
  ];
  static override args = { snapshot: requiredArg('name of the snapshot') };
  static override flags = {
    power: string({
      options: ['held', 'running', 'paused', 'stopped'],
      default: 'held',
      description: 'What to leave the machine as; held is as the snapshot holds it.',
    }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SnapshotRevert);
    const [resource, name, token] = [OURS.VirtualMachineSnapshot, objectName(args.snapshot), newToken()];
    const mode = flags['dry-run'] as DryRun;
    const session = await this.connect(flags);
    const target = { namespace: session.namespace, name };
    const after =
      mode === 'client'
        ? await session.client.get<VirtualMachineSnapshot>(resource, target)
        : await session.client.patch<VirtualMachineSnapshot>(
            resource,
            target,
            { spec: { revert: token, revertPowerState: capitalised(flags.power) } },
            { query: changeQuery(mode) },
          );
    this.say(await report(after, resource, 'revert requested', mode, flags.output));
    if (flags.wait && mode === 'none')
      await until(session, [{ resource, name, judge: snapshotReverted(token) }], timeoutMs(flags.timeout));
  }
}
