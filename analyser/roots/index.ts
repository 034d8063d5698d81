import type { Kind } from '../../schemas/kinds/index.ts';
import { domainRoot } from './domain.ts';
import { networkRoot } from './network.ts';
import { poolRoot } from './pool.ts';
import type { Root } from './root.ts';
import { snapshotRoot } from './snapshot.ts';
import { volumeRoot } from './volume.ts';

export type { Read, Root } from './root.ts';

/** Root elements that are read, as `virsh dumpxml`, `net-dumpxml`, `pool-dumpxml`, `vol-dumpxml` and `snapshot-dumpxml` print them. */
export const ROOTS: Readonly<Record<string, Root>> = {
  domain: domainRoot,
  network: networkRoot,
  pool: poolRoot,
  volume: volumeRoot,
  domainsnapshot: snapshotRoot,
};

/** The root element that an object of a kind is written as; an image is none of libvirt's. */
export const ROOT_OF = {
  VirtualMachine: 'domain',
  VirtualMachineNetwork: 'network',
  VirtualMachineStoragePool: 'pool',
  VirtualMachineDisk: 'volume',
  VirtualMachineSnapshot: 'domainsnapshot',
  VirtualMachineImage: undefined,
} satisfies Record<Kind, string | undefined>;
