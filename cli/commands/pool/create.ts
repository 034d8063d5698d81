import { boolean, string } from '@oclif/core/flags';
import { OURS } from '../../api/resources.ts';
import { draft, make } from '../../apply/make.ts';
import type { DryRun } from '../../apply/report.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { usage } from '../../errors.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { objectName, quoted } from '../../names.ts';

interface Place {
  readonly dir?: string | undefined;
  readonly shared?: boolean;
  readonly nfs?: string | undefined;
  readonly option?: readonly string[] | undefined;
}

/** `nas.example:/export` or `[fd00::5]:/export`, as mount(8) takes it. */
function nfs(from: string, options: readonly string[] | undefined): object {
  const [, bracketed, plain, path] = /^(?:\[([^\]]+)\]|([^:/]+)):(\/.*)$/.exec(from) ?? [];
  const server = bracketed ?? plain;
  if (server === undefined || path === undefined)
    throw usage(`${quoted(from)} is not an NFS export`, 'write it as SERVER:/PATH');
  return { nfs: { server, path, ...(options && { options }) } };
}

function place({ dir, shared, nfs: from, option }: Place): object {
  if ((dir === undefined) === (from === undefined))
    throw usage('where is the pool?', 'give one of --dir /PATH and --nfs SERVER:/PATH');
  if (from !== undefined) {
    if (shared) throw usage('--shared is for --dir', 'an NFS pool is shared by itself');
    return nfs(from, option);
  }
  if (option) throw usage('--option is for --nfs', 'leave it out');
  if (!dir?.startsWith('/')) throw usage(`${quoted(dir ?? '')} is not an absolute path`, 'begin it with /');
  return { dir: { path: dir, ...(shared && { shared }) } };
}

export default class PoolCreate extends ApiCommand {
  static override summary = 'Create a storage pool: a folder of the nodes, or an NFS export.';
  static override examples = [
    '<%= config.bin %> pool create fast --dir /srv/vms --wait',
    '<%= config.bin %> pool create team --nfs nas.example:/export/vms --option vers=4.2 --node node-1 --node node-2',
  ];
  static override args = { pool: requiredArg('name of the pool') };
  static override flags = {
    dir: string({ helpValue: 'PATH', description: 'Folder on the node; made if its parent is there.' }),
    shared: boolean({ description: 'Every node sees the same folder.' }),
    nfs: string({ helpValue: 'SERVER:/PATH', description: 'Export that the executor mounts.' }),
    option: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'OPTION',
      description: 'Mount option; may be repeated.',
    }),
    node: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
      description: 'Node that has the pool, every node where not given; may be repeated.',
    }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PoolCreate);
    const spec = {
      ...place(flags),
      ...(flags.node && { nodeNames: flags.node.map((name) => objectName(name, 'node name')) }),
    };
    const options = {
      mode: flags['dry-run'] as DryRun,
      format: flags.output,
      wait: flags.wait,
      timeoutMs: timeoutMs(flags.timeout),
    };
    const object = draft(OURS.VirtualMachineStoragePool, { name: objectName(args.pool) }, spec);
    await make(await this.connect(flags), OURS.VirtualMachineStoragePool, object, options, (text) => this.say(text));
  }
}
