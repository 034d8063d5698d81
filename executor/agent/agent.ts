import type { Agent } from './commands.ts';
import { Conversation, openChannel } from './conversation.ts';

export interface AgentOptions {
  /** Milliseconds within which an agent must show that it is there; 10000 when left out: an emulated guest that boots is slow. */
  readonly syncMs?: number;
}

const SYNC_MS = 10_000;

/** The last conversation on each channel, since a channel has one client at a time. */
const turns = new Map<string, Promise<unknown>>();

/** Whether somebody of this process talks to the agent just now. */
export const isBusy = (socketPath: string): boolean => turns.has(socketPath);

/**
 * Talks with the guest agent on a channel's socket: connects, makes sure of an agent that listens, runs `work`, and leaves.
 * Conversations on one channel come one after the other; not reentrant.
 *
 * @example await withAgent(agentSocket(machine.spec, runDir), (agent) => agent.execute('guest-ping'))
 * @throws AgentTimeoutError when no agent answers, AgentClosedError when nothing is there to connect to
 */
export async function withAgent<T>(
  socketPath: string,
  work: (agent: Agent) => Promise<T>,
  { syncMs = SYNC_MS }: AgentOptions = {},
): Promise<T> {
  const before = turns.get(socketPath) ?? Promise.resolve();
  const mine = before.then(() => converse(socketPath, work, syncMs));
  const settled = mine
    .catch(() => {})
    .then(() => {
      if (turns.get(socketPath) === settled) turns.delete(socketPath);
    });
  turns.set(socketPath, settled);
  return mine;
}

async function converse<T>(path: string, work: (agent: Agent) => Promise<T>, syncMs: number): Promise<T> {
  const conversation = new Conversation(await openChannel(path, syncMs));
  try {
    await conversation.sync(syncMs);
    return await work(conversation);
  } finally {
    conversation.end();
  }
}
