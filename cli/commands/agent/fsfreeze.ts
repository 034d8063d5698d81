import { string } from '@oclif/core/args';
import { askAgent } from '../../agent/ask.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { machineName } from '../../names.ts';

interface Answer {
  readonly state: 'thawed' | 'frozen';
  readonly filesystems?: number;
}

export default class AgentFsfreeze extends ApiCommand {
  static override summary = 'Freeze the file systems of a guest, thaw them, or say how they are.';
  static override description = `${AgentFsfreeze.summary}
A frozen guest writes nothing, and most of it soon stands still: thaw it soon. Snapshots do both by themselves.`;
  static override examples = [
    '<%= config.bin %> agent fsfreeze web freeze',
    '<%= config.bin %> agent fsfreeze web thaw',
  ];
  static override args = {
    machine: requiredArg('name of the machine'),
    action: string({
      ignoreStdin: true,
      options: ['status', 'freeze', 'thaw'],
      default: 'status',
      description: 'what to do',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentFsfreeze);
    const fsfreeze = { action: args.action };
    const answer = await askAgent<Answer>(await this.connect(flags), machineName(args.machine), { fsfreeze });
    const count = answer.filesystems === undefined ? '' : ` (${answer.filesystems} file systems)`;
    this.say(`${answer.state}${count}`);
  }
}
