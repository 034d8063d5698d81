import { string } from '@oclif/core/flags';
import { OURS } from '../../api/resources.ts';
import { draft, make } from '../../apply/make.ts';
import type { DryRun } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { imageName, imageSource, importedFile } from '../../machine/image-source.ts';
import { localFile } from '../../machine/local-file.ts';
import { objectName } from '../../names.ts';

export default class ImageImport extends ApiCommand {
  static override summary = 'Make an image from a URL or from a file.';
  static override description = `${ImageImport.summary}
A file is read by the executor on its node. With the embedded API of this machine any file of yours will do; elsewhere it has to be in a folder from which the node's executor may import.`;
  static override examples = [
    '<%= config.bin %> image import https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-genericcloud-amd64.qcow2 --name debian-12 --wait',
    '<%= config.bin %> image import ./vmlinuz --name demo-kernel --format raw',
  ];
  static override args = { source: requiredArg('http or https URL, or a file') };
  static override flags = {
    name: string({ helpValue: 'NAME', description: "Name of the image; the file's where not given." }),
    checksum: string({ helpValue: 'DIGEST', description: 'sha256:… or sha512:… that the content must have.' }),
    format: string({ options: ['qcow2', 'raw'], description: 'Format; read from the content where not given.' }),
    pool: string({ helpValue: 'NAME', description: 'Storage pool; default where not given.' }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImageImport);
    const name = objectName(flags.name ?? imageName(args.source));
    const file = importedFile(args.source);
    const session = await this.connect(flags);
    const mode = flags['dry-run'] as DryRun;
    // Elsewhere than with the embedded API, the file is on the node and not here.
    const path = file === undefined || session.home === undefined ? file : await localFile(file);
    const spec = {
      source: imageSource(args.source, path, flags.checksum),
      ...(flags.format && { format: flags.format }),
      ...(flags.pool !== undefined && { pool: objectName(flags.pool) }),
    };
    const options = { mode, format: flags.output, wait: flags.wait, timeoutMs: timeoutMs(flags.timeout) };
    const object = draft(OURS.VirtualMachineImage, { name }, spec);
    await make(session, OURS.VirtualMachineImage, object, options, (text) => this.say(text));
  }
}
