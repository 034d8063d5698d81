import { boolean, string } from '@oclif/core/flags';
import type { DataOf } from '../../../schemas/cloud-init/index.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Where } from '../../api/connect.ts';
import { OURS } from '../../api/resources.ts';
import { readManifests } from '../../apply/manifests.ts';
import { optionalArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { usage } from '../../errors.ts';
import { machineName } from '../../names.ts';

export default class CloudInitShow extends ApiCommand {
  static override summary = "Print the cloud-init seed that a machine's guest finds.";
  static override description = `${CloudInitShow.summary}
What comes from Secrets is hidden unless it is asked for. With --output the files are written to a folder, whose web server another machine can take as its seedFrom.`;
  static override examples = [
    '<%= config.bin %> cloudinit show web',
    '<%= config.bin %> cloudinit show -f web.yaml',
    '<%= config.bin %> cloudinit show web --output seed/',
  ];
  static override args = { machine: optionalArg('name of the machine') };
  static override flags = {
    filename: string({
      char: 'f',
      helpValue: 'FILE',
      description: 'A machine that is in a file, or - for standard input.',
    }),
    reveal: boolean({ description: 'Show what comes from Secrets.' }),
    output: string({ helpValue: 'FOLDER', description: 'Write the files, Secrets and all, below a folder.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CloudInitShow);
    const { seedOf, seedText, writeSeed } = await import('../../cloudinit/show.ts');
    if ((args.machine === undefined) === (flags.filename === undefined))
      throw usage('which machine?', 'give its name, or a file by -f');
    const machine =
      flags.filename === undefined
        ? await this.machineNamed(machineName(args.machine ?? ''), flags)
        : await this.machineIn(flags.filename);
    const seed = await seedOf(machine, await this.data(machine, flags));
    if (flags.output === undefined) return this.say(seedText(seed, flags.reveal));
    await writeSeed(seed, flags.output);
    this.say(flags.output);
  }

  private async machineNamed(name: string, flags: Where): Promise<VirtualMachine> {
    const { client, namespace } = await this.connect(flags);
    return client.get<VirtualMachine>(OURS.VirtualMachine, { namespace, name });
  }

  /** A machine in a file that refers to nothing needs no API. */
  private async data(machine: VirtualMachine, flags: Where): Promise<DataOf> {
    const { hasSources, readData } = await import('../../cloudinit/show.ts');
    if (!hasSources(machine)) return () => undefined;
    const { client, namespace } = await this.connect(flags);
    return readData(client, machine.metadata.namespace ?? namespace, machine);
  }

  private async machineIn(file: string): Promise<VirtualMachine> {
    const manifests = await readManifests([file], false);
    const found = manifests.filter(({ object }) => object.kind === 'VirtualMachine');
    const [machine] = found;
    if (machine && found.length === 1) return machine.object as VirtualMachine;
    throw usage(`${file} has ${found.length} machines`, 'give a file with one');
  }
}
