import { askAgent } from '../../agent/ask.ts';
import { infoText } from '../../agent/output.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { dataOutput } from '../../flags.ts';
import { machineName } from '../../names.ts';
import { formatData } from '../../output/object.ts';

export default class AgentInfo extends ApiCommand {
  static override summary = 'Print what a guest agent says of itself and of its guest.';
  static override examples = ['<%= config.bin %> agent info web', '<%= config.bin %> agent info web -o json'];
  static override args = { machine: requiredArg('name of the machine') };
  static override flags = { output: dataOutput };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentInfo);
    const info = await askAgent<object>(await this.connect(flags), machineName(args.machine), { info: {} });
    this.say(flags.output ? await formatData(info, flags.output as 'json' | 'yaml') : infoText(info));
  }
}
