import { withAgent } from './agent.ts';
import { natural } from './read.ts';

export type FreezeState = 'thawed' | 'frozen';

/** Whether the guest's file systems stand still. @throws as `withAgent`; AgentError where the agent cannot freeze */
export const freezeState = (socketPath: string): Promise<FreezeState> =>
  withAgent(socketPath, async (agent) =>
    (await agent.execute('guest-fsfreeze-status')) === 'frozen' ? 'frozen' : 'thawed',
  );

/**
 * Has the guest write out and freeze its file systems. One that does not within the time is thawed again as soon as it
 * listens; whoever freezes must thaw whatever comes of it, also after this rejects.
 * @returns how many file systems are frozen
 */
export async function freeze(socketPath: string, timeoutMs: number): Promise<number> {
  try {
    return await withAgent(
      socketPath,
      async (agent) => natural(await agent.execute('guest-fsfreeze-freeze', undefined, { timeoutMs })) ?? 0,
      { syncMs: timeoutMs },
    );
  } catch (error) {
    await thaw(socketPath, timeoutMs).catch(() => {});
    throw error;
  }
}

/** Lets the guest's file systems go on; safe to repeat. @returns how many were frozen */
export const thaw = (socketPath: string, timeoutMs: number): Promise<number> =>
  withAgent(
    socketPath,
    async (agent) => natural(await agent.execute('guest-fsfreeze-thaw', undefined, { timeoutMs })) ?? 0,
    { syncMs: timeoutMs },
  );
