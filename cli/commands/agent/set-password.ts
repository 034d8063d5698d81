import { boolean, string } from '@oclif/core/flags';
import { askAgent } from '../../agent/ask.ts';
import { readInput } from '../../agent/input.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { usage } from '../../errors.ts';
import { machineName } from '../../names.ts';

export default class AgentSetPassword extends ApiCommand {
  static override summary = 'Set the password of a user of a guest, through its agent.';
  static override description = `${AgentSetPassword.summary}
It is asked for on a terminal, and read from standard input elsewhere: what is on a command line, others can see.`;
  static override examples = [
    '<%= config.bin %> agent set-password web --user debian',
    '<%= config.bin %> agent set-password web --user root --crypted < hash.txt',
  ];
  static override args = { machine: requiredArg('name of the machine') };
  static override flags = {
    user: string({ required: true, helpValue: 'NAME', description: 'The user.' }),
    crypted: boolean({ description: 'The password is a hash, as crypt(3) makes it.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentSetPassword);
    const name = machineName(args.machine);
    const session = await this.connect(flags);
    const password = await this.password(flags.user, name);
    await askAgent(session, name, { setPassword: { user: flags.user, password, crypted: flags.crypted } });
    this.say(`the password of ${flags.user} in ${name} is set`);
  }

  private async password(user: string, machine: string): Promise<string> {
    const { askSecret } = await import('../../ssh/prompt.ts');
    const text = process.stdin.isTTY
      ? await askSecret(`New password of ${user} in ${machine}: `)
      : (await readInput(process.stdin)).toString('utf8').replace(/\r?\n$/, '');
    if (text !== '' && !/[\r\n]/.test(text)) return text;
    throw usage('a password has one line and is not empty', 'write it to standard input');
  }
}
