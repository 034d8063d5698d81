import { boolean } from '@oclif/core/flags';
import { applyTarget } from '../apply/apply.ts';
import { readManifests } from '../apply/manifests.ts';
import { type DryRun, report } from '../apply/report.ts';
import { targetOf } from '../apply/target.ts';
import { ApiCommand } from '../base.ts';
import { dryRun, objectOutput, recursive, requiredFilenames, timeoutMs, waiting } from '../flags.ts';

export default class Apply extends ApiCommand {
  static override summary = 'Create or change objects to be as files say (server-side apply).';
  static override examples = [
    '<%= config.bin %> apply -f web.yaml',
    'cat web.yaml | <%= config.bin %> apply -f - --wait',
  ];
  static override flags = {
    filename: requiredFilenames,
    recursive,
    'force-conflicts': boolean({ description: 'Take over fields that others manage.' }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Apply);
    const mode = flags['dry-run'] as DryRun;
    const manifests = await readManifests(flags.filename, flags.recursive);
    const session = await this.connect(flags);
    const targets = await Promise.all(manifests.map((manifest) => targetOf(session, flags.namespace, manifest)));
    for (const target of targets) {
      const { object, what } = await applyTarget(session, target, mode, flags['force-conflicts']);
      this.say(await report(object, target.resource, what, mode, flags.output));
    }
    if (!flags.wait || mode !== 'none') return;
    const { settled } = await import('../wait/settled.ts');
    await settled(session, targets, timeoutMs(flags.timeout));
  }
}
