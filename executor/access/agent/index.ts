import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { AgentClosedError, AgentError, AgentProtocolError, AgentTimeoutError, agentSocket } from '../../agent/index.ts';
import { readDocument } from '../../apiserver/http/body.ts';
import { send } from '../../apiserver/http/respond.ts';
import { badRequest, methodNotAllowed, StatusError } from '../../apiserver/status-error.ts';
import type { SubresourceHandler } from '../../apiserver/subresources.ts';
import { type HostOf, runningMachine } from '../host.ts';
import type { Ask } from './ask.ts';
import { exec } from './exec.ts';
import { fsfreeze, fstrim, info, ping, setPassword, sshKeys } from './verbs.ts';

const VERBS = { ping, info, exec, setPassword, sshKeys, fsfreeze, fstrim } satisfies Record<
  string,
  (ask: Ask) => Promise<object>
>;

type Verb = keyof typeof VERBS;

/** `{"exec": {…}}`: exactly one verb, and what it needs. */
function verbOf(value: unknown): { verb: Verb; body: Readonly<Record<string, unknown>> } {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const [verb, body] = entries[0] ?? [];
  const known = verb !== undefined && Object.hasOwn(VERBS, verb);
  if (!known || entries.length !== 1 || typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest(`the body must be exactly one of ${Object.keys(VERBS).join(', ')}, as {"ping": {}}`);
  return { verb: verb as Verb, body: body as Record<string, unknown> };
}

/** The channel of a running machine's agent. @throws StatusError 409 */
function socketOf(machine: VirtualMachine, runDir: string): string {
  const socket = agentSocket(machine.spec, runDir);
  if (socket !== undefined) return socket;
  const { name } = machine.metadata;
  throw new StatusError(409, 'Conflict', `the machine ${name} has no channel for a guest agent; see spec.channels`);
}

/** What went wrong in the guest as an answer. Only the agent's own refusal says that it is there. */
function toStatus(error: Error, name: string): Error {
  if (error instanceof AgentError) return new StatusError(422, 'Invalid', error.message);
  if (error instanceof AgentProtocolError) return new StatusError(502, 'BadGateway', error.message);
  if (error instanceof AgentTimeoutError) {
    const hint = 'is qemu-guest-agent installed and running in the guest?';
    return new StatusError(504, 'Timeout', `${error.message}; ${hint} See: vmctl describe vm ${name}`);
  }
  return error instanceof AgentClosedError ? new StatusError(409, 'Conflict', error.message) : error;
}

/** `POST …/virtualmachines/NAME/agent` with one verb, such as `{"exec": {"command": ["uptime"]}}`; the answer is JSON. */
export const agentHandler = (host: HostOf): SubresourceHandler => ({
  async http(request, response, { namespace, name }) {
    if (request.method !== 'POST') throw methodNotAllowed();
    const { machine, runDir } = runningMachine(host(), namespace, name);
    const { verb, body } = verbOf((await readDocument(request, ['application/json'])).value);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const ask: Ask = { socket: socketOf(machine, runDir), body, signal: gone.signal };
    const answer = await VERBS[verb](ask).catch((error) => {
      throw toStatus(error, name);
    });
    if (!gone.signal.aborted) await send(request, response, { code: 200, body: JSON.stringify(answer) });
  },
});
