/** How something is plugged into a PCI bus. libvirt: virDomainPCIConnectFlags. */
export type Connect =
  | 'pci'
  | 'pcie'
  | 'pci-bridge'
  | 'pcie-root-port'
  | 'pcie-switch-upstream-port'
  | 'pcie-switch-downstream-port'
  | 'dmi-to-pci-bridge'
  | 'pcie-to-pci-bridge'
  | 'pci-expander-bus'
  | 'pcie-expander-bus';

export interface BusModel {
  readonly accepts: readonly Connect[];
  /** Whether devices without a place are put here. */
  readonly automatic: boolean;
  readonly slots: readonly [first: number, last: number];
}

const conventional = ['pci', 'pci-bridge'] as const;
const port = ['pcie', 'pcie-switch-upstream-port', 'pcie-to-pci-bridge'] as const;

/** What can be plugged into each controller. libvirt: virDomainPCIAddressBusSetModel. */
export const BUS_MODELS = {
  'pci-root': { accepts: [...conventional, 'pci-expander-bus'], automatic: true, slots: [1, 31] },
  'pcie-root': {
    accepts: ['pcie', 'pcie-root-port', 'dmi-to-pci-bridge', 'pcie-expander-bus'],
    automatic: false,
    slots: [1, 31],
  },
  'pci-bridge': { accepts: conventional, automatic: true, slots: [1, 31] },
  'pcie-to-pci-bridge': { accepts: conventional, automatic: true, slots: [1, 31] },
  'dmi-to-pci-bridge': { accepts: conventional, automatic: false, slots: [0, 31] },
  'pci-expander-bus': { accepts: conventional, automatic: true, slots: [0, 31] },
  'pcie-expander-bus': { accepts: ['pcie-root-port', 'dmi-to-pci-bridge'], automatic: false, slots: [0, 31] },
  'pcie-root-port': { accepts: port, automatic: true, slots: [0, 0] },
  'pcie-switch-downstream-port': { accepts: port, automatic: true, slots: [0, 0] },
  'pcie-switch-upstream-port': { accepts: ['pcie-switch-downstream-port'], automatic: false, slots: [0, 31] },
} as const satisfies Record<string, BusModel>;

export type PciModel = keyof typeof BUS_MODELS;

export const isPciModel = (model: string | undefined): model is PciModel =>
  model !== undefined && Object.hasOwn(BUS_MODELS, model);

/** The boards' own buses are plugged into nothing. */
export const isRoot = (model: PciModel): model is 'pci-root' | 'pcie-root' =>
  model === 'pci-root' || model === 'pcie-root';

/** Devices, in contrast to controllers. */
export const isEndpoint = (connect: Connect): boolean => connect === 'pci' || connect === 'pcie';
