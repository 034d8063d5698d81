import { string } from '@oclif/core/flags';
import { visible } from '../../../schemas/types/untrusted.ts';
import { askAgent } from '../../agent/ask.ts';
import { publicKeys } from '../../agent/input.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { machineName } from '../../names.ts';

const keys = (what: string) =>
  string({ multiple: true, multipleNonGreedy: true, helpValue: 'FILE|KEY', description: `${what}; may be repeated.` });

export default class AgentSshKeys extends ApiCommand {
  static override summary =
    'List, add or remove the SSH keys that a user of a guest may log in with, through its agent.';
  static override examples = [
    '<%= config.bin %> agent ssh-keys web --user debian',
    '<%= config.bin %> agent ssh-keys web --user debian --add ~/.ssh/id_ed25519.pub',
  ];
  static override args = { machine: requiredArg('name of the machine') };
  static override flags = {
    user: string({ required: true, helpValue: 'NAME', description: 'The user.' }),
    add: keys('A public key, or a file of them, to add'),
    remove: keys('A public key, or a file of them, to remove'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentSshKeys);
    const read = async (from: readonly string[] = []) => (await Promise.all(from.map(publicKeys))).flat();
    const sshKeys = { user: flags.user, add: await read(flags.add), remove: await read(flags.remove) };
    const session = await this.connect(flags);
    const answer = await askAgent<{ keys: readonly string[] }>(session, machineName(args.machine), { sshKeys });
    for (const key of answer.keys) this.say(visible(key));
  }
}
