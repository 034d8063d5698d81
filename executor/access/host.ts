import { resourceOf } from '../../schemas/client/paths.ts';
import { kindNames } from '../../schemas/kinds/names.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { notFound, StatusError } from '../apiserver/status-error.ts';
import type { Context } from '../controller/types.ts';
import { runDirOf } from '../host/index.ts';
import type { MachineRegistry } from '../kinds/virtualmachine/machines.ts';
import type { Qmp } from '../qmp/index.ts';

/** What every way into a machine needs of this node. */
export interface AccessHost {
  readonly context: Context;
  readonly machines: MachineRegistry;
}

/** Asked for with each request: the machines come after the API that serves them. */
export type HostOf = () => AccessHost;

export interface FoundMachine {
  readonly machine: VirtualMachine;
  readonly uid: string;
  /** Folder of its sockets, qemu's own. */
  readonly runDir: string;
}

export interface RunningMachine extends FoundMachine {
  readonly qmp: Qmp;
}

/** A machine of this node. @throws StatusError 404 */
export function findMachine({ context, machines }: AccessHost, namespace: string, name: string): FoundMachine {
  const machine = context.store.get('VirtualMachine', { namespace, name });
  const uid = machine?.metadata.uid;
  if (!machine || !uid) throw notFound(resourceOf(kindNames.VirtualMachine), name);
  return { machine, uid, runDir: runDirOf(machines.host.paths, uid) };
}

/** A machine whose qemu answers. @throws StatusError 404, or 409 when it is off */
export function runningMachine(host: AccessHost, namespace: string, name: string): RunningMachine {
  const found = findMachine(host, namespace, name);
  const qmp = host.machines.qmp(found.uid);
  if (!qmp)
    throw new StatusError(409, 'Conflict', `the machine ${name} does not run; start it with: vmctl start ${name}`);
  return { ...found, qmp };
}
