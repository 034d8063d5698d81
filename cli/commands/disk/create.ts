import { boolean, string } from '@oclif/core/flags';
import { OURS } from '../../api/resources.ts';
import { draft, make } from '../../apply/make.ts';
import type { DryRun } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { usage } from '../../errors.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { objectName } from '../../names.ts';
import { sizeText } from '../../size.ts';

interface Source {
  readonly image?: string | undefined;
  readonly copy?: boolean;
  readonly 'from-disk'?: string | undefined;
  readonly size?: string | undefined;
}

function source({ image, copy = false, 'from-disk': disk, size }: Source): object {
  if (copy && image === undefined)
    throw usage('--copy needs an image', 'vmctl disk create root --image debian-12 --copy');
  if (image !== undefined && disk !== undefined)
    throw usage('a disk has one source', 'give --image or --from-disk, not both');
  if (image !== undefined) return { source: { image: { name: objectName(image), ...(copy && { copy }) } } };
  if (disk !== undefined) return { source: { disk: { name: objectName(disk) } } };
  if (size === undefined) throw usage('how large should the empty disk be?', 'vmctl disk create data --size 20Gi');
  return {};
}

const PREALLOCATION = { off: 'Off', metadata: 'Metadata', falloc: 'Falloc', full: 'Full' } as const;

function encryption(secret: string | undefined): object {
  if (secret === undefined) return {};
  const [name = '', key] = secret.split('/', 2);
  return { encryption: { secretRef: { name: objectName(name), ...(key !== undefined && { key }) } } };
}

export default class DiskCreate extends ApiCommand {
  static override summary = 'Create a disk: empty, from an image, or as a copy of another disk.';
  static override examples = [
    '<%= config.bin %> disk create data --size 20Gi',
    '<%= config.bin %> disk create web-root --image debian-12 --size 20Gi --wait',
  ];
  static override args = { disk: requiredArg('name of the disk') };
  static override flags = {
    size: string({ helpValue: 'SIZE', description: "Size, such as 20Gi; the source's where not given." }),
    image: string({ helpValue: 'NAME', description: 'Image that the disk is an overlay on.' }),
    copy: boolean({ description: 'Copy the image in full instead of laying an overlay on it.' }),
    'from-disk': string({ helpValue: 'NAME', description: 'Disk that is copied.' }),
    format: string({ options: ['qcow2', 'raw'], description: 'Format of the volume; qcow2 where not given.' }),
    pool: string({ helpValue: 'NAME', description: 'Storage pool; default where not given.' }),
    preallocation: string({
      options: ['off', 'metadata', 'falloc', 'full'],
      description: 'How much space is taken at once; off where not given.',
    }),
    'cluster-size': string({ helpValue: 'SIZE', description: 'Unit of allocation of a qcow2 volume, such as 2Mi.' }),
    'encryption-secret': string({
      helpValue: 'SECRET[/KEY]',
      description: 'Encrypt with the passphrase in a Secret; its key passphrase where not given.',
    }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DiskCreate);
    const spec = {
      ...(flags.pool !== undefined && { pool: objectName(flags.pool) }),
      ...(flags.size !== undefined && { size: sizeText(flags.size) }),
      ...(flags.format && { format: flags.format }),
      ...(flags.preallocation && { preallocation: PREALLOCATION[flags.preallocation as keyof typeof PREALLOCATION] }),
      ...(flags['cluster-size'] !== undefined && { clusterSize: flags['cluster-size'] }),
      ...encryption(flags['encryption-secret']),
      ...source(flags),
    };
    const options = {
      mode: flags['dry-run'] as DryRun,
      format: flags.output,
      wait: flags.wait,
      timeoutMs: timeoutMs(flags.timeout),
    };
    const object = draft(OURS.VirtualMachineDisk, { name: objectName(args.disk) }, spec);
    await make(await this.connect(flags), OURS.VirtualMachineDisk, object, options, (text) => this.say(text));
  }
}
