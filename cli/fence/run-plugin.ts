import { Failure } from '../errors.ts';

const TAIL_CHARACTERS = 1000;

/**
 * Runs the command that turns a node off, and waits for its end: 0 says that the node is off. `VMCTL_NODE` has its name.
 * @throws Failure with what the command said last
 */
export async function runPlugin(words: readonly string[], node: string, timeoutMs: number): Promise<void> {
  const { execa } = await import('../chunks/run.ts');
  const [program = '', ...args] = words;
  const env = { VMCTL_NODE: node };
  const ended = await execa(program, args, { env, reject: false, stdin: 'ignore', all: true, timeout: timeoutMs });
  if (!ended.failed) return;
  const said = (ended.all ?? '').trim().slice(-TAIL_CHARACTERS);
  const how = ended.timedOut
    ? `took longer than ${timeoutMs / 1000} s`
    : `ended with ${ended.exitCode ?? ended.signal ?? 'no code: is it installed?'}`;
  const message = `${program} did not turn the node ${node} off: it ${how}${said ? `; it said: ${said}` : ''}`;
  throw new Failure('failed', message, 'nothing was written down: its machines stay where they are');
}
