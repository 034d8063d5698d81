import { string } from '@oclif/core/flags';
import { humanSize } from '../../../schemas/types/size.ts';
import { visible } from '../../../schemas/types/untrusted.ts';
import { askAgent } from '../../agent/ask.ts';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { machineName } from '../../names.ts';
import { parseBytes } from '../../size.ts';

interface Answer {
  readonly paths: readonly { readonly path: string; readonly trimmedBytes?: number; readonly error?: string }[];
}

export default class AgentFstrim extends ApiCommand {
  static override summary =
    'Have a guest tell its disks which blocks its file systems no longer use: space comes back to the pool.';
  static override examples = ['<%= config.bin %> agent fstrim web'];
  static override args = { machine: requiredArg('name of the machine') };
  static override flags = {
    minimum: string({ default: '0', helpValue: 'SIZE', description: 'Leave free pieces out that are smaller.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentFstrim);
    const fstrim = { minimumBytes: Number(parseBytes(flags.minimum)) };
    const answer = await askAgent<Answer>(await this.connect(flags), machineName(args.machine), { fstrim });
    for (const { path, trimmedBytes = 0, error } of answer.paths) {
      this.say(visible(`${path}: ${error ?? `${humanSize(BigInt(trimmedBytes))} are free`}`));
    }
  }
}
