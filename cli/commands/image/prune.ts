import { boolean, string } from '@oclif/core/flags';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { humanSize, parseSize } from '../../../schemas/types/size.ts';
import type { Session } from '../../api/connect.ts';
import { displayName, OURS } from '../../api/resources.ts';
import { type DryRun, dryRunNote } from '../../apply/report.ts';
import { ApiCommand } from '../../base.ts';
import { parseDuration } from '../../duration.ts';
import { usage } from '../../errors.ts';
import { dryRun } from '../../flags.ts';
import { confirm } from '../../home/confirm.ts';
import { unusedImages } from '../../image/unused.ts';

export default class ImagePrune extends ApiCommand {
  static override summary = 'Delete the images of a namespace that nothing needs.';
  static override description = `${ImagePrune.summary}
Kept is what a disk is made from, what a machine shows or boots, and what a retained volume is an overlay on.`;
  static override examples = [
    '<%= config.bin %> image prune --dry-run=client',
    '<%= config.bin %> image prune --older-than 168h --yes',
  ];
  static override flags = {
    'older-than': string({
      default: '0s',
      helpValue: 'DURATION',
      description: 'Only images that are older, such as 24h.',
    }),
    yes: boolean({ char: 'y', description: 'Do not ask.' }),
    'dry-run': dryRun,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ImagePrune);
    const age = parseDuration(flags['older-than']);
    if (age === undefined) throw usage(`--older-than "${flags['older-than']}" is not a duration`, 'write it as 24h');
    const session = await this.connect(flags);
    const mode = flags['dry-run'] as DryRun;
    const images = unusedImages(await this.read(session), age, Date.now());
    if (images.length === 0) return this.note('Every image is needed.');
    if (mode === 'none') await confirm(`Delete ${images.map(({ metadata }) => metadata.name).join(', ')}?`, flags.yes);
    for (const image of images) await this.remove(session, image, mode);
    const freed = images.reduce((sum, { status }) => sum + parseSize(status?.actualSize ?? '0'), 0n);
    this.note(`${humanSize(freed)} freed${dryRunNote(mode)}`);
  }

  private async read({ client, namespace }: Session) {
    const [images, disks, machines] = await Promise.all([
      client.list<VirtualMachineImage>(OURS.VirtualMachineImage, namespace),
      client.list<VirtualMachineDisk>(OURS.VirtualMachineDisk, namespace),
      client.list<VirtualMachine>(OURS.VirtualMachine, namespace),
    ]);
    return { images: images.items, disks: disks.items, machines: machines.items };
  }

  private async remove({ client, namespace }: Session, { metadata: { name } }: VirtualMachineImage, mode: DryRun) {
    const query = mode === 'server' ? { dryRun: 'All' } : {};
    if (mode !== 'client') await client.delete(OURS.VirtualMachineImage, { namespace, name }, undefined, query);
    this.say(`${displayName(OURS.VirtualMachineImage, name)} deleted${dryRunNote(mode)}`);
  }
}
