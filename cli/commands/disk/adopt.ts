import { string } from '@oclif/core/flags';
import type { VirtualMachineStoragePool } from '../../../schemas/kinds/storage-pool.ts';
import { OURS } from '../../api/resources.ts';
import { draft, make } from '../../apply/make.ts';
import type { DryRun } from '../../apply/report.ts';
import { optionalArg, requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { Failure } from '../../errors.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { imageName } from '../../machine/image-source.ts';
import { objectName, quoted } from '../../names.ts';
import { alignColumns, printable } from '../../output/table.ts';

type Unknown = NonNullable<NonNullable<VirtualMachineStoragePool['status']>['nodes']>[number]['unknownVolumes'];
type Volume = NonNullable<Unknown>[number];

const volumesOf = ({ status }: VirtualMachineStoragePool): Volume[] =>
  (status?.nodes ?? []).flatMap(({ unknownVolumes = [] }) => unknownVolumes);

/** `VirtualMachineDisk default/web-root` was called web-root. */
const formerName = ({ formerly }: Volume): string | undefined => formerly?.split('/').at(-1);

export default class DiskAdopt extends ApiCommand {
  static override summary = 'Make a disk of a volume that lies in a pool and that no object has.';
  static override description = `${DiskAdopt.summary}
Nothing is copied: the file gets the disk's name. Without a file, the volumes that can be adopted are listed.`;
  static override examples = [
    '<%= config.bin %> disk adopt default',
    '<%= config.bin %> disk adopt default old-server.qcow2 --name old-root --wait',
    '<%= config.bin %> disk adopt default disks/default/web-root.qcow2',
  ];
  static override args = {
    pool: requiredArg('name of the storage pool'),
    file: optionalArg("the volume, below the pool's folder"),
  };
  static override flags = {
    name: string({ helpValue: 'NAME', description: "Name of the disk; the volume's where not given." }),
    format: string({ options: ['qcow2', 'raw'], description: 'Format; as the pool lists it where not given.' }),
    'reclaim-policy': string({
      options: ['Retain', 'Delete'],
      default: 'Retain',
      description: 'What happens to the file when the disk is deleted.',
    }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DiskAdopt);
    const session = await this.connect(flags);
    const pool = objectName(args.pool);
    const found = volumesOf(
      await session.client.get<VirtualMachineStoragePool>(OURS.VirtualMachineStoragePool, { name: pool }),
    );
    if (args.file === undefined) return this.list(found);
    const volume = found.find(({ file }) => file === args.file);
    const format = flags.format ?? volume?.format;
    if (format === undefined) throw this.unlisted(args.file, pool);
    const name = objectName(flags.name ?? (volume && formerName(volume)) ?? imageName(args.file));
    const spec = { pool, format, reclaimPolicy: flags['reclaim-policy'], source: { volume: { file: args.file } } };
    const options = { mode: flags['dry-run'] as DryRun, format: flags.output, wait: flags.wait };
    const object = draft(OURS.VirtualMachineDisk, { name }, spec);
    const timed = { ...options, timeoutMs: timeoutMs(flags.timeout) };
    await make(session, OURS.VirtualMachineDisk, object, timed, (text) => this.say(text));
  }

  private list(found: readonly Volume[]): void {
    if (found.length === 0) {
      this.note('There is no volume that no object has.');
      return;
    }
    const rows = found.map(({ file, format, size, formerly = '' }) => [file, format, size, formerly]);
    for (const line of alignColumns([['FILE', 'FORMAT', 'SIZE', 'FORMERLY'], ...rows])) this.say(printable(line));
  }

  /** A status has room for a few only. */
  private unlisted(file: string, pool: string): Failure {
    const next = `see: vmctl disk adopt ${pool}; if the list is cut, say which it is with --format`;
    return new Failure('notFound', `the pool "${pool}" lists no volume ${quoted(file)}`, next);
  }
}
