import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../executor/controller/types.ts';
import { observeLeaving, observeNetwork } from '../../executor/kinds/virtualmachinenetwork/observe.ts';
import { planLeaving, planNetwork } from '../../executor/kinds/virtualmachinenetwork/plan.ts';
import { networkFiles } from '../../executor/network/dnsmasq/process.ts';
import { applyHost } from '../../executor/network/host/apply.ts';
import type { HostAction } from '../../executor/network/host/wanted.ts';
import { ownerOf } from '../../executor/network/names.ts';
import type { VirtualMachineNetwork } from '../../schemas/kinds/network.ts';

// A program of its own, since a process is in one network namespace: `up` or `down` of one network, ended hard after so
// many actions. Says how many it has carried out.

const [direction, home = '', actions, spec = '{}', after] = process.argv.slice(2);
const most = actions === 'all' ? Number.POSITIVE_INFINITY : Number(actions);

const network: VirtualMachineNetwork = {
  apiVersion: 'vmctl.dev/v1alpha1',
  kind: 'VirtualMachineNetwork',
  metadata: { name: 'lan', uid: '0d9c1b9e-6d5c-4a6b-9d0e-0a8f6d2f1c11', finalizers: ['vmctl.dev/executor'] },
  spec: JSON.parse(spec),
} as VirtualMachineNetwork;
const context = {
  nodeName: 'node-1',
  settings: { home, standalone: true },
  store: { list: () => [], get: () => network },
} as unknown as Context;
const owner = ownerOf(home);
const cgroups = { version: 'none', reason: 'of no matter here' } as const;
const place = { home, files: networkFiles(home, network.metadata.uid ?? ''), cgroups };

async function next(): Promise<HostAction[]> {
  if (direction === 'down') return planLeaving(network, await observeLeaving(context, network), [], owner);
  const planned = planNetwork(network, await observeNetwork(context, network), owner);
  return planned.filter((action): action is HostAction => action.type !== 'hold');
}

/** Also in the middle of an action: a program that it started goes on by itself, as it would after a power of kill. */
function killSoon(): void {
  void sleep(Number(after)).then(() => process.kill(process.pid, 'SIGKILL'));
}

/** A switch that one before this was killed at may not have heard of its own bridge yet: the executor tries again as well. */
const TRIES = 20;
const PAUSE_MS = 250;

async function look(): Promise<HostAction[]> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await next();
    } catch (error) {
      if (tried === TRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

let done = 0;
for (let todo = await look(); todo.length > 0; todo = await look()) {
  for (const action of todo) {
    if (done === most) {
      if (after === undefined) process.kill(process.pid, 'SIGKILL');
      else killSoon();
    }
    await applyHost(place, action as never);
    done += 1;
  }
}
console.log(done);
process.exit();
