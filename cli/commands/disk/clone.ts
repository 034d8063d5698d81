import { string } from '@oclif/core/flags';
import { OURS } from '../../api/resources.ts';
import { draft, make } from '../../apply/make.ts';
import type { DryRun } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { objectName } from '../../names.ts';
import { sizeText } from '../../size.ts';

export default class DiskClone extends ApiCommand {
  static override summary = 'Copy a disk as it is at this moment, whether its machine runs or not.';
  static override examples = [
    '<%= config.bin %> disk clone web-root web-copy --wait',
    '<%= config.bin %> disk clone web-root flat --format raw --pool fast',
  ];
  static override args = { disk: requiredArg('name of the disk'), copy: requiredArg('name of the new disk') };
  static override flags = {
    size: string({ helpValue: 'SIZE', description: "Size, at least that of the disk; the disk's where not given." }),
    format: string({ options: ['qcow2', 'raw'], description: 'Format of the volume; qcow2 where not given.' }),
    pool: string({ helpValue: 'NAME', description: 'Storage pool; default where not given.' }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DiskClone);
    const spec = {
      source: { disk: { name: objectName(args.disk) } },
      ...(flags.size !== undefined && { size: sizeText(flags.size) }),
      ...(flags.format && { format: flags.format }),
      ...(flags.pool !== undefined && { pool: objectName(flags.pool) }),
    };
    const options = {
      mode: flags['dry-run'] as DryRun,
      format: flags.output,
      wait: flags.wait,
      timeoutMs: timeoutMs(flags.timeout),
    };
    const object = draft(OURS.VirtualMachineDisk, { name: objectName(args.copy) }, spec);
    await make(await this.connect(flags), OURS.VirtualMachineDisk, object, options, (text) => this.say(text));
  }
}
