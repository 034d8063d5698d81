import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import { OURS } from '../../api/resources.ts';
import { changeQuery, type DryRun, report } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { Failure } from '../../errors.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { objectName } from '../../names.ts';
import { parseBytes } from '../../size.ts';
import { diskReady } from '../../wait/judges.ts';
import { until } from '../../wait/until.ts';

export default class DiskResize extends ApiCommand {
  static override summary = 'Make a disk larger. A disk never shrinks.';
  static override examples = [
    '<%= config.bin %> disk resize web-root 40Gi',
    '<%= config.bin %> disk resize web-root +10Gi --wait',
  ];
  static override args = {
    disk: requiredArg('name of the disk'),
    size: requiredArg('new size, such as 40Gi, or what to add, such as +10Gi'),
  };
  static override flags = { 'dry-run': dryRun, output: objectOutput, ...waiting };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DiskResize);
    const [resource, name, mode] = [OURS.VirtualMachineDisk, objectName(args.disk), flags['dry-run'] as DryRun];
    const asked = parseBytes(args.size.replace(/^\+/, ''));
    const session = await this.connect(flags);
    const target = { namespace: session.namespace, name };
    const before = await session.client.get<VirtualMachineDisk>(resource, target);
    const now = parseBytes(String(before.status?.virtualSize ?? before.spec.size ?? '0'));
    const bytes = args.size.startsWith('+') ? now + asked : asked;
    if (bytes < now)
      throw new Failure(
        'refused',
        `disk "${name}" has ${now} bytes, and a disk never shrinks`,
        'copy what is on it to a smaller disk instead',
      );
    const size = args.size.startsWith('+') ? String(bytes) : args.size;
    const after =
      mode === 'client'
        ? before
        : await session.client.patch<VirtualMachineDisk>(
            resource,
            target,
            { spec: { size } },
            { query: changeQuery(mode) },
          );
    this.say(await report(after, resource, 'resize requested', mode, flags.output));
    if (flags.wait && mode === 'none')
      await until(session, [{ resource, name, judge: diskReady(bytes) }], timeoutMs(flags.timeout));
  }
}
