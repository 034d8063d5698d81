import { integer, string } from '@oclif/core/flags';
import { combination, typed } from '../access/keys.ts';
import { machineSubresource } from '../api/subresource.ts';
import { listArg, requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { machineName } from '../names.ts';

export default class SendKey extends ApiCommand {
  static override summary = "Press keys on a machine's keyboard.";
  static override examples = [
    '<%= config.bin %> sendkey web ctrl-alt-delete',
    '<%= config.bin %> sendkey web ctrl-alt-f2 --hold 500',
    '<%= config.bin %> sendkey web --text "root" ret',
  ];
  static override args = {
    machine: requiredArg('name of the machine'),
    keys: listArg('combinations such as ctrl-alt-delete, f2 or ret, pressed one after the other', false),
  };
  static override strict = false;
  static override flags = {
    text: string({ helpValue: 'TEXT', description: 'Text to type first, on a US keyboard.' }),
    hold: integer({ min: 1, max: 10_000, default: 100, description: 'Milliseconds that each is held.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SendKey);
    const name = machineName(args.machine);
    const presses = [...typed(flags.text ?? ''), ...(args.keys ?? []).map(combination)];
    if (presses.length === 0) throw usage('which keys?', 'name some, such as ctrl-alt-delete, or give --text');
    const { client, namespace } = await this.connect(flags);
    const path = machineSubresource(namespace, name, 'sendkey');
    for (const keys of presses) await client.call('POST', path, { keys, holdMilliseconds: flags.hold });
  }
}
