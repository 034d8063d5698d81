import type { ApiClient } from '../../schemas/client/client.ts';
import { consoleFiles, createLogBounds, type LogBounds } from '../console/index.ts';
import { createRecorder } from '../controller/events.ts';
import { createManager, type Manager } from '../controller/manager.ts';
import { scopeOf } from '../controller/scope.ts';
import type { Context, Key, Log, Reconciler } from '../controller/types.ts';
import type { HostFacts } from '../host/index.ts';
import type { MachineHost } from '../kinds/virtualmachine/host.ts';
import { machineReconciler } from '../kinds/virtualmachine/index.ts';
import { MachineRegistry } from '../kinds/virtualmachine/machines.ts';
import { watchPlacement } from '../kinds/virtualmachine/watch-placement.ts';
import { diskReconciler } from '../kinds/virtualmachinedisk/index.ts';
import { imageReconciler } from '../kinds/virtualmachineimage/index.ts';
import { networkReconciler } from '../kinds/virtualmachinenetwork/index.ts';
import { snapshotReconciler } from '../kinds/virtualmachinesnapshot/index.ts';
import { scheduleReconciler } from '../kinds/virtualmachinesnapshot/schedule/index.ts';
import { poolReconciler } from '../kinds/virtualmachinestoragepool/index.ts';
import type { Settings } from '../settings.ts';

export interface ControllerParts {
  readonly client: ApiClient;
  readonly nodeName: string;
  readonly settings: Settings;
  readonly facts: HostFacts;
  readonly host: MachineHost;
  readonly log: Log;
  /** Whether this node's lease ran out; never so where nothing is given. */
  readonly leaseLost?: () => boolean;
}

/** Bounds the consoles' logs of the machines that have a connection. */
function boundConsoles({ context, machines }: Pick<Controllers, 'context' | 'machines'>, bounds: LogBounds): void {
  const logs = context.store.list('VirtualMachine').flatMap((machine) => {
    const uid = machine.metadata.uid ?? '';
    const files = machines.qmp(uid) && consoleFiles(machine, machines.handle(uid).runDir);
    return files ? [{ path: files.log, keptBytes: context.settings.consoleLogBytes }] : [];
  });
  bounds.keep(logs);
}

export interface Controllers {
  readonly context: Context;
  readonly machines: MachineRegistry;
  /** Ends the controllers and lets go of the machines, which go on. */
  close(): Promise<void>;
}

/** One reconciler for each kind, and one for the machines' schedules. */
const reconcilers = (context: Context, machines: MachineRegistry): Reconciler[] => [
  networkReconciler(context),
  poolReconciler(context),
  imageReconciler(context),
  diskReconciler(context),
  machineReconciler(context, machines),
  snapshotReconciler(context),
  scheduleReconciler(context),
];

/** The key of the machine with a uid: events of qemu know no more. */
function keyOfUid({ store }: Manager, uid: string): Key | undefined {
  const machine = store.list('VirtualMachine').find(({ metadata }) => metadata.uid === uid);
  return machine && { namespace: machine.metadata.namespace ?? 'default', name: machine.metadata.name };
}

/** Connects everything, and starts once the API was listed. */
export async function startControllers(parts: ControllerParts): Promise<Controllers> {
  const { client, nodeName, settings, facts, host, log } = parts;
  const manager = createManager(client, log, settings.standalone ? {} : await scopeOf(client, nodeName, log));
  const events = createRecorder(client, nodeName, log);
  const machines = new MachineRegistry(host, (uid) => {
    const key = keyOfUid(manager, uid);
    if (key) manager.enqueue('VirtualMachine', key);
  });
  const { store, enqueue, refresh, updateStatus } = manager;
  const context: Context = {
    ...{ client, store, events, nodeName, settings, facts, machines, log },
    ...{ enqueue, refresh, updateStatus },
    ...(parts.leaseLost && { leaseLost: parts.leaseLost }),
  };
  machines.serve(context);
  await manager.run(reconcilers(context, machines));
  const bounds = createLogBounds(log);
  const timer = setInterval(() => boundConsoles({ context, machines }, bounds), settings.resyncMs);
  const placement = watchPlacement(context, machines);
  return {
    context,
    machines,
    close: async () => {
      clearInterval(timer);
      placement.close();
      bounds.close();
      machines.close();
      await manager.close();
      await events.flush();
      events.close();
    },
  };
}
