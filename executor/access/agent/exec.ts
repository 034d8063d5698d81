import { setTimeout as sleep } from 'node:timers/promises';
import { AgentProtocolError, withAgent } from '../../agent/index.ts';
import { bytes, member, natural } from '../../agent/read.ts';
import { badRequest, StatusError } from '../../apiserver/status-error.ts';
import type { Ask } from './ask.ts';
import { numberOf, textOf, textsOf } from './fields.ts';

const MOST_ARGUMENTS = 1024;
const ARGUMENT_LENGTH = 131_072;
/** Base64 of both outputs together: what is more is not held in memory here. */
const ANSWER_BYTES = 4 * 1024 * 1024;
const LONGEST_INPUT = 1024 * 1024;
const LONGEST_SECONDS = 3600;
/** Milliseconds between two looks whether the command has ended: often at first, most commands are short. */
const PACE = { first: 20, longest: 1000, growth: 1.5 } as const;

function inputOf(body: Ask['body']): { 'input-data'?: string } {
  if (body['input'] === undefined || body['input'] === '') return {};
  const input = textOf(body, 'input', (LONGEST_INPUT / 3) * 4 + 4);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(input)) throw badRequest('input must be base64');
  return { 'input-data': input };
}

async function begin({ socket, body }: Ask): Promise<number> {
  const [path = '', ...arg] = textsOf(body, 'command', MOST_ARGUMENTS, ARGUMENT_LENGTH);
  if (path === '') throw badRequest('command must be a program and its arguments, as ["uname", "-a"]');
  const env = textsOf(body, 'env', MOST_ARGUMENTS, ARGUMENT_LENGTH);
  const args = { path, arg, ...(env.length > 0 && { env }), ...inputOf(body), 'capture-output': true };
  const answer = await withAgent(socket, (agent) => agent.execute('guest-exec', args));
  const pid = natural(member(answer, 'pid'));
  if (pid === undefined) throw new AgentProtocolError('the guest agent has not said which process it started');
  return pid;
}

/** Ends once the command has; each look is a conversation of its own, so that others may have the agent meanwhile. */
async function waitFor({ socket, signal }: Ask, pid: number, deadline: number): Promise<unknown> {
  for (let pause: number = PACE.first; !signal.aborted; pause = Math.min(pause * PACE.growth, PACE.longest)) {
    const status = await withAgent(socket, (agent) =>
      agent.execute('guest-exec-status', { pid }, { maxBytes: ANSWER_BYTES, timeoutMs: 20_000 }),
    );
    if (member(status, 'exited') === true) return status;
    if (performance.now() > deadline) {
      const words = `the command has not ended in time; it goes on in the guest as process ${pid}`;
      throw new StatusError(504, 'Timeout', words);
    }
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
  return {};
}

/**
 * Runs a program in the guest and waits for its end. `command`, `env` as NAME=VALUE, `input` in base64, `timeoutSeconds`.
 * The answer has `exitCode` or `signal`, `stdout` and `stderr` in base64, and `truncated` where the agent kept not all of them.
 */
export async function exec(ask: Ask): Promise<object> {
  const seconds = numberOf(ask.body, 'timeoutSeconds', 60, [1, LONGEST_SECONDS]);
  const deadline = performance.now() + seconds * 1000;
  const status = await waitFor(ask, await begin(ask), deadline);
  const [exitCode, signal] = [natural(member(status, 'exitcode')), natural(member(status, 'signal'))];
  return {
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    stdout: bytes(member(status, 'out-data')).toString('base64'),
    stderr: bytes(member(status, 'err-data')).toString('base64'),
    truncated: member(status, 'out-truncated') === true || member(status, 'err-truncated') === true,
  };
}
