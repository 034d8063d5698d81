import { findMachine, type HostOf } from '../access/host.ts';
import { send } from '../apiserver/http/respond.ts';
import { StatusError } from '../apiserver/status-error.ts';
import type { SubresourceHandler } from '../apiserver/subresources.ts';
import { usageOf } from './machines.ts';

/** `GET …/virtualmachines/NAME/stats`: `Usage` with the time of the look, in milliseconds since the epoch. */
export const statsHandler = (host: HostOf): SubresourceHandler => ({
  async http(request, response, { namespace, name }) {
    const usage = await usageOf(host(), findMachine(host(), namespace, name).machine);
    if (!usage) throw new StatusError(409, 'Conflict', `the machine ${name} does not run`);
    await send(request, response, { code: 200, body: JSON.stringify({ time: Date.now(), ...usage }) });
  },
});
