import { boolean, string } from '@oclif/core/flags';
import { askAgent, type ExecAnswer } from '../../agent/ask.ts';
import { readInput } from '../../agent/input.ts';
import { writeGuest } from '../../agent/output.ts';
import { listArg, requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { Failure } from '../../errors.ts';
import { timeoutFlag, timeoutMs } from '../../flags.ts';
import { machineName } from '../../names.ts';

const LONGEST_SECONDS = 3600;
/** As shells tell an end by a signal. */
const SIGNALLED = 128;

export default class AgentExec extends ApiCommand {
  static override summary = 'Run a program in a guest through its agent, as root, with no network and no shell.';
  static override description = `${AgentExec.summary}
Its exit code becomes this one's. On a terminal, escape sequences in its output are shown instead of obeyed.`;
  static override examples = [
    '<%= config.bin %> agent exec web -- uname -a',
    "<%= config.bin %> agent exec web -- sh -c 'df -h | tail -1'",
    '<%= config.bin %> agent exec web --stdin -- tee /etc/motd < motd',
  ];
  static override args = {
    machine: requiredArg('name of the machine'),
    command: listArg('program and its arguments, after --'),
  };
  static override strict = false;
  static override flags = {
    env: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME=VALUE',
      description: 'Variable of its environment; may be repeated.',
    }),
    stdin: boolean({ char: 'i', description: 'Give it standard input, at most 1 MiB.' }),
    raw: boolean({ description: 'Write its output as it is to a terminal too.' }),
    timeout: timeoutFlag('60s'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AgentExec);
    const input = flags.stdin ? { input: (await readInput(process.stdin)).toString('base64') } : {};
    const seconds = Math.min(Math.max(1, Math.ceil(timeoutMs(flags.timeout) / 1000)), LONGEST_SECONDS);
    const exec = { command: args.command ?? [], env: flags.env ?? [], ...input, timeoutSeconds: seconds };
    const answer = await askAgent<ExecAnswer>(await this.connect(flags), machineName(args.machine), { exec });
    writeGuest(process.stdout, answer.stdout, flags.raw);
    writeGuest(process.stderr, answer.stderr, flags.raw);
    if (answer.truncated) this.note('vmctl: the guest agent has not kept all of the output');
    if (answer.signal !== undefined) throw new Failure('failed', `the program was ended by signal ${answer.signal}`);
    process.exitCode = (answer.exitCode ?? 0) % 256 || ((answer.exitCode ?? 0) === 0 ? 0 : SIGNALLED);
  }
}
