import { boolean, integer } from '@oclif/core/flags';
import { machineSubresource } from '../api/subresource.ts';
import { requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { machineName } from '../names.ts';

export default class Logs extends ApiCommand {
  static override summary = 'Print what a machine wrote on its serial console.';
  static override examples = ['<%= config.bin %> logs web', '<%= config.bin %> logs web -f --tail 20'];
  static override args = { machine: requiredArg('name of the machine') };
  static override flags = {
    follow: boolean({ char: 'f', description: 'Go on as the machine writes.' }),
    tail: integer({ min: 0, description: 'Only so many of the last lines.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    const name = machineName(args.machine);
    const { client, namespace } = await this.connect(flags);
    const path = machineSubresource(namespace, name, 'log', {
      follow: flags.follow || undefined,
      tailLines: flags.tail,
    });
    for await (const chunk of await client.download(path)) {
      if (!process.stdout.write(chunk as Buffer)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
  }
}
