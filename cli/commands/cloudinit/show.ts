import { boolean, string } from '@oclif/core/flags';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
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
    const { readData, seedOf, seedText, writeSeed } = await import('../../cloudinit/show.ts');
    if ((args.machine === undefined) === (flags.filename === undefined))
      throw usage('which machine?', 'give its name, or a file by -f');
    const session = await this.connect(flags);
    const machine =
      flags.filename === undefined
        ? await session.client.get<VirtualMachine>(OURS.VirtualMachine, {
            namespace: session.namespace,
            name: machineName(args.machine ?? ''),
          })
        : await this.machineIn(flags.filename);
    const namespace = machine.metadata.namespace ?? session.namespace;
    const seed = await seedOf(machine, await readData(session.client, namespace, machine));
    if (flags.output === undefined) return this.say(seedText(seed, flags.reveal));
    await writeSeed(seed, flags.output);
    this.say(flags.output);
  }

  private async machineIn(file: string): Promise<VirtualMachine> {
    const manifests = await readManifests([file], false);
    const found = manifests.filter(({ object }) => object.kind === 'VirtualMachine');
    const [machine] = found;
    if (machine && found.length === 1) return machine.object as VirtualMachine;
    throw usage(`${file} has ${found.length} machines`, 'give a file with one');
  }
}
