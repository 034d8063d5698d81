import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context, Key } from '../../controller/types.ts';
import { SnapshotError } from './errors.ts';
import type { SnapshotAction } from './plan.ts';
import { type Failed, isFinal } from './status.ts';

/** Events about what was done: at the snapshot, and at its machine, where a person looks for it. */
export function tell(
  { events, store }: Context,
  key: Key,
  machine: VirtualMachine | undefined,
  actions: readonly SnapshotAction[],
  failed: Failed | undefined,
): void {
  const snapshot = store.get('VirtualMachineSnapshot', key);
  if (!snapshot || (failed && !isFinal(failed.error))) return;
  const both = (type: 'Normal' | 'Warning', reason: string, message: string) => {
    for (const object of machine ? [snapshot, machine] : [snapshot]) events.record(object, type, reason, message);
  };
  const { name } = snapshot.metadata;
  if (failed) both('Warning', reasonOf(failed), failed.error.message);
  else if (actions.includes('take') && snapshot.status?.phase === 'Ready') tellTaken(snapshot, both);
  else if (actions.includes('revert')) both('Normal', 'Reverted', `the machine was put back to the snapshot ${name}`);
}

type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** That a backup could not be built on the last one matters to whoever pays for the space. */
function tellTaken({ metadata: { name }, status }: VirtualMachineSnapshot, both: Tell): void {
  const { backup } = status ?? {};
  if (!backup) {
    both('Normal', 'SnapshotTaken', `the snapshot ${name} was taken`);
    return;
  }
  both(
    'Normal',
    'BackupTaken',
    `the ${backup.type.toLowerCase()} backup ${name} was made${backup.reason ? `: ${backup.reason}` : ''}`,
  );
}

const reasonOf = ({ action, error }: Failed): string => {
  if (error instanceof SnapshotError && error.reason !== 'Refused') return error.reason;
  return action === 'revert' ? 'RevertFailed' : 'SnapshotFailed';
};
