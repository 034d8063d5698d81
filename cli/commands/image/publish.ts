import { boolean, string } from '@oclif/core/flags';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import { OURS } from '../../api/resources.ts';
import { changeQuery, type DryRun, report } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { objectName } from '../../names.ts';
import { imagePublished } from '../../wait/judges.ts';
import { until } from '../../wait/until.ts';

export default class ImagePublish extends ApiCommand {
  static override summary = 'Send an image to a registry, as a container disk or as an artifact.';
  static override description = `${ImagePublish.summary}
The executor that holds the image sends it. A container disk is what KubeVirt and vmctl take: one layer with the file below /disk.`;
  static override examples = [
    '<%= config.bin %> image publish golden registry.example/team/golden:1 --secret registry --wait',
    '<%= config.bin %> image publish golden 127.0.0.1:5000/golden:1 --insecure --artifact --wait',
  ];
  static override args = {
    image: requiredArg('name of the image'),
    reference: requiredArg('where it goes, registry/name:tag'),
  };
  static override flags = {
    artifact: boolean({ description: 'The file itself instead of a layer with it.' }),
    secret: string({ helpValue: 'NAME', description: 'Secret with what the registry asks for.' }),
    insecure: boolean({ description: 'The registry speaks plain http.' }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImagePublish);
    const [resource, name, mode] = [OURS.VirtualMachineImage, objectName(args.image), flags['dry-run'] as DryRun];
    const reference = args.reference.replace(/^(?:oci|docker):\/\//, '');
    const publish = {
      reference,
      layout: flags.artifact ? 'Artifact' : null,
      secretRef: flags.secret === undefined ? null : { name: objectName(flags.secret, 'secret name') },
      insecure: flags.insecure || null,
    };
    const session = await this.connect(flags);
    const target = { namespace: session.namespace, name };
    const image =
      mode === 'client'
        ? await session.client.get<VirtualMachineImage>(resource, target)
        : await session.client.patch<VirtualMachineImage>(
            resource,
            target,
            { spec: { publish } },
            { query: changeQuery(mode) },
          );
    this.say(await report(image, resource, 'publication requested', mode, flags.output));
    if (flags.wait && mode === 'none') {
      await until(session, [{ resource, name, judge: imagePublished(reference) }], timeoutMs(flags.timeout));
    }
  }
}
