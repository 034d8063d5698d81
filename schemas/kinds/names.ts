/** What a kind is called, without its schemas: a command line or a daemon that only asks the API needs no more than this. */
export interface KindNames {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
}

/** The six kinds, in the order in which a person reads about them. */
export const kindNames = {
  VirtualMachine: { kind: 'VirtualMachine', plural: 'virtualmachines', shortNames: ['vm'], scope: 'Namespaced' },
  VirtualMachineDisk: {
    kind: 'VirtualMachineDisk',
    plural: 'virtualmachinedisks',
    shortNames: ['vmd'],
    scope: 'Namespaced',
  },
  VirtualMachineSnapshot: {
    kind: 'VirtualMachineSnapshot',
    plural: 'virtualmachinesnapshots',
    shortNames: ['vmsn'],
    scope: 'Namespaced',
  },
  VirtualMachineImage: {
    kind: 'VirtualMachineImage',
    plural: 'virtualmachineimages',
    shortNames: ['vmi'],
    scope: 'Namespaced',
  },
  VirtualMachineNetwork: {
    kind: 'VirtualMachineNetwork',
    plural: 'virtualmachinenetworks',
    shortNames: ['vmn'],
    scope: 'Cluster',
  },
  VirtualMachineStoragePool: {
    kind: 'VirtualMachineStoragePool',
    plural: 'virtualmachinestoragepools',
    shortNames: ['vmp'],
    scope: 'Cluster',
  },
} as const satisfies Record<string, KindNames>;

export type Kind = keyof typeof kindNames;
