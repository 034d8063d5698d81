export { type AgentOptions, isBusy, withAgent } from './agent.ts';
export type { Agent, CommandName, Commands } from './commands.ts';
export { AgentClosedError, AgentError, AgentProtocolError, AgentTimeoutError } from './errors.ts';
export type { GuestFacts } from './facts.ts';
export { type FreezeState, freeze, freezeState, thaw } from './freeze.ts';
export { agentChannel, agentSocket } from './place.ts';
export { type Cards, type GuestState, type GuestView, GuestWatch } from './watch.ts';
