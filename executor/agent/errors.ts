import { neutralise } from '../../schemas/types/untrusted.ts';

const LONGEST_WORDS = 1000;

/** What the guest said of itself, fit for an error: bounded, on one line, without control characters. */
const told = (value: unknown): string => neutralise(typeof value === 'string' ? value : 'nothing', LONGEST_WORDS);

/** The agent answered a command with an error; `class` is `GenericError` for nearly everything, else e.g. `CommandNotFound`. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly class: string;
  readonly command: string;

  constructor(answer: { readonly class?: unknown; readonly desc?: unknown }, command: string) {
    super(`the guest agent refused ${command}: ${told(answer.desc)}`);
    this.class = told(answer.class);
    this.command = command;
  }
}

/** No answer within the limit. The agent may still carry the command out: look again before repeating it. */
export class AgentTimeoutError extends Error {
  override readonly name = 'AgentTimeoutError';
}

/** Nothing to talk to: no socket, qemu is gone, or another client holds the channel. */
export class AgentClosedError extends Error {
  override readonly name = 'AgentClosedError';
}

/** What came from the guest is not the agent's protocol, or more than is taken. */
export class AgentProtocolError extends Error {
  override readonly name = 'AgentProtocolError';
}
