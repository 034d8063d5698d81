import { string } from '@oclif/core/args';
import { BaseCommand } from '../base.ts';
import { SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';

export default class Completion extends BaseCommand {
  static override summary = 'Print the script that lets a shell complete commands, flags and the names of objects.';
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion fish | source',
  ];
  static override args = {
    shell: string({ required: true, ignoreStdin: true, options: [...SHELLS], description: 'your shell' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    process.stdout.write(SCRIPTS[args.shell as Shell]);
  }
}
