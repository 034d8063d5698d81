import { once } from 'node:events';
import { boolean, integer } from '@oclif/core/flags';
import { TerminalText } from '../../schemas/types/terminal-text.ts';
import { machineSubresource } from '../api/subresource.ts';
import { requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { machineName } from '../names.ts';

export default class Logs extends ApiCommand {
  static override summary = 'Print what a machine wrote on its serial console.';
  static override description = `${Logs.summary}
A terminal is shown lines and colours: what else it would obey of a guest's words is left out, or shown.`;
  static override examples = ['<%= config.bin %> logs web', '<%= config.bin %> logs web -f --tail 20'];
  static override args = { machine: requiredArg('name of the machine') };
  static override flags = {
    follow: boolean({ char: 'f', description: 'Go on as the machine writes.' }),
    tail: integer({ min: 0, description: 'Only so many of the last lines.' }),
    raw: boolean({ description: 'Write it as it is to a terminal too.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    const name = machineName(args.machine);
    const { client, namespace } = await this.connect(flags);
    const path = machineSubresource(namespace, name, 'log', {
      follow: flags.follow || undefined,
      tailLines: flags.tail,
    });
    const text = process.stdout.isTTY && !flags.raw ? new TerminalText() : undefined;
    const write = async (words: Buffer | string): Promise<void> => {
      if (!process.stdout.write(words)) await once(process.stdout, 'drain');
    };
    for await (const chunk of await client.download(path)) {
      await write(text ? text.push(chunk as Buffer) : (chunk as Buffer));
    }
    if (text) await write(text.end());
  }
}
