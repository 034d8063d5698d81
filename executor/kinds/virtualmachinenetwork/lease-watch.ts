import { type FSWatcher, watch } from 'node:fs';
import type { VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import type { Key } from '../../controller/types.ts';
import { uidOf } from '../common/object.ts';

export interface LeaseWatch {
  watch(network: VirtualMachineNetwork, folder: string): void;
  unwatch(uid: string): void;
}

/** Has a network looked at when its dnsmasq gives an address out: the file of leases changes. */
export function createLeaseWatch(onChange: (key: Key) => void): LeaseWatch {
  const watchers = new Map<string, FSWatcher>();
  const unwatch = (uid: string): void => {
    watchers.get(uid)?.close();
    watchers.delete(uid);
  };
  return {
    unwatch,
    watch(network, folder) {
      const uid = uidOf(network);
      if (watchers.has(uid)) return;
      try {
        const { name } = network.metadata;
        const watcher = watch(folder, { persistent: false }, (_event, file) => {
          if (file === 'leases') onChange({ name });
        });
        // The folder went with its network, or was made anew: the next look watches again.
        watcher.on('error', () => unwatch(uid));
        watchers.set(uid, watcher);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    },
  };
}
