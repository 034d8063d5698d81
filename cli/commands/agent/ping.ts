import { askAgent } from '../../agent/ask.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { machineName } from '../../names.ts';

export default class AgentPing extends ApiCommand {
  static override summary = "Ask a machine's guest agent whether it is there.";
  static override examples = ['<%= config.bin %> agent ping web'];
  static override args = { machine: requiredArg('name of the machine') };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentPing);
    const name = machineName(args.machine);
    const { milliseconds } = await askAgent<{ milliseconds: number }>(await this.connect(flags), name, { ping: {} });
    this.say(`the guest agent of ${name} answers after ${milliseconds} ms`);
  }
}
