import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { type NamedResource, OURS } from '../api/resources.ts';
import { diskReady, exists, hasCondition, imageReady, machineIs, snapshotReady } from './judges.ts';
import { type Judge, until } from './until.ts';

/** A machine is what its own spec asks for. */
const machineAsAsked: Judge = (object) =>
  machineIs((object as VirtualMachine | undefined)?.spec.powerState ?? 'Running')(object);

const JUDGES: ReadonlyMap<NamedResource, Judge> = new Map([
  [OURS.VirtualMachine, machineAsAsked],
  [OURS.VirtualMachineDisk, diskReady()],
  [OURS.VirtualMachineImage, imageReady],
  [OURS.VirtualMachineSnapshot, snapshotReady],
  [OURS.VirtualMachineNetwork, hasCondition('Ready', 'True')],
  [OURS.VirtualMachineStoragePool, hasCondition('Ready', 'True')],
]);

interface Made {
  readonly resource: NamedResource;
  readonly namespace: string | undefined;
  readonly object: { readonly metadata: Partial<KubeObject['metadata']> };
}

/** Waits until objects are what they should be; kinds of others only have to be there. */
export const settled = (session: Session, made: readonly Made[], timeoutMs: number): Promise<void> =>
  until(
    session,
    made.map(({ resource, namespace, object }) => ({
      ...{ resource, namespace, name: object.metadata.name ?? '' },
      judge: JUDGES.get(resource) ?? exists,
    })),
    timeoutMs,
  );
