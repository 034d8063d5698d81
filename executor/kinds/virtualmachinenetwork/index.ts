import type { Context, Key, Reconciler } from '../../controller/types.ts';
import { timestampOf } from '../common/condition.ts';
import { isDeleting } from '../common/object.ts';
import { networkStatus } from './status.ts';

/** Says of each network whether machines of this node can use it. */
export function networkReconciler(context: Context): Reconciler {
  return {
    kind: 'VirtualMachineNetwork',
    async reconcile(key: Key): Promise<void> {
      const network = context.store.get('VirtualMachineNetwork', key);
      if (!network || isDeleting(network)) return;
      const now = timestampOf(Date.now());
      await context.updateStatus('VirtualMachineNetwork', key, (fresh) => networkStatus(fresh, context.nodeName, now));
    },
  };
}
