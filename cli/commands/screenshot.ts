import { writeFile } from 'node:fs/promises';
import { machineSubresource } from '../api/subresource.ts';
import { optionalArg, requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { machineName } from '../names.ts';

export default class Screenshot extends ApiCommand {
  static override summary = 'Save what the screen of a machine shows, as PNG.';
  static override examples = ['<%= config.bin %> screenshot web', '<%= config.bin %> screenshot web now.png'];
  static override args = {
    machine: requiredArg('name of the machine'),
    file: optionalArg('file to write, - for standard output; MACHINE.png where not given'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Screenshot);
    const name = machineName(args.machine);
    const file = args.file ?? `${name}.png`;
    if (file === '-' && process.stdout.isTTY) throw usage('a picture is nothing for a terminal', 'name a file');
    const { client, namespace } = await this.connect(flags);
    const path = machineSubresource(namespace, name, 'screenshot');
    const picture = Buffer.concat(await (await client.download(path)).toArray());
    if (file === '-') return void process.stdout.write(picture);
    await writeFile(file, picture);
    this.say(`${file} written`);
  }
}
