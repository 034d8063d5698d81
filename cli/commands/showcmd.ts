import { boolean, string } from '@oclif/core/flags';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Where } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { readManifests } from '../apply/manifests.ts';
import { optionalArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { filenames } from '../flags.ts';
import { machineName } from '../names.ts';
import { commandOf, plannedCommand, runningCommand } from '../showcmd/commands.ts';
import { lookupIn } from '../showcmd/lookup.ts';
import { shellLines } from '../showcmd/quote.ts';

const FORMAT = { options: ['shell', 'json'], default: 'shell', helpValue: 'shell|json', description: 'Output format.' };

export default class Showcmd extends ApiCommand {
  static override summary = 'Show the qemu command line of a machine: as it runs, or as it would be started.';
  static override examples = [
    '<%= config.bin %> showcmd web',
    '<%= config.bin %> showcmd web --planned',
    '<%= config.bin %> showcmd -f web.yaml -o json',
  ];
  static override args = { machine: optionalArg('name of the machine') };
  static override flags = {
    filename: filenames,
    planned: boolean({ description: 'What the spec asks for now, also where the machine runs.' }),
    output: string({ char: 'o', ...FORMAT }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Showcmd);
    const commands = flags.filename
      ? await this.ofFiles(flags.filename)
      : [await this.ofMachine(args.machine, flags, flags.planned)];
    for (const words of commands) this.say(flags.output === 'json' ? JSON.stringify(words) : shellLines(words));
  }

  private async ofFiles(files: readonly string[]): Promise<string[][]> {
    const objects = (await readManifests(files)).map(({ object }) => object as KubeObject);
    const machines = objects.filter(({ kind }) => kind === OURS.VirtualMachine.kind);
    if (machines.length === 0) throw usage(`there is no VirtualMachine in ${files.join(', ')}`);
    const find = lookupIn(objects);
    return Promise.all(machines.map((machine) => commandOf(machine as VirtualMachine, find)));
  }

  private async ofMachine(word: string | undefined, where: Where, planned: boolean): Promise<string[]> {
    if (word === undefined) throw usage('which machine?', 'vmctl showcmd web, or vmctl showcmd -f web.yaml');
    const name = machineName(word);
    const session = await this.connect(where);
    const target = { namespace: session.namespace, name };
    const machine = await session.client.get<VirtualMachine>(OURS.VirtualMachine, target);
    return (planned ? undefined : runningCommand(machine)) ?? plannedCommand(session, machine);
  }
}
