export interface CharDevice {
  readonly label: string;
  readonly filename: string;
  /** Whether a guest driver, or a client, has the device open. */
  readonly 'frontend-open': boolean;
}

export interface PciBus {
  readonly bus: number;
  readonly devices: readonly {
    readonly bus: number;
    readonly slot: number;
    readonly function: number;
    readonly qdev_id: string;
    readonly id: { readonly device: number; readonly vendor: number };
  }[];
}

/** What is plugged, unplugged and looked at while the machine runs. */
export interface DeviceCommands {
  device_add: {
    arguments: {
      readonly driver: string;
      readonly id?: string;
      readonly bus?: string;
      readonly [property: string]: unknown;
    };
    returns: object;
  };
  /** Asks the guest; the device is gone with DEVICE_DELETED, which a guest may never grant. */
  device_del: { arguments: { readonly id: string }; returns: object };
  'object-add': {
    arguments: { readonly 'qom-type': string; readonly id: string; readonly [property: string]: unknown };
    returns: object;
  };
  'object-del': { arguments: { readonly id: string }; returns: object };
  'qom-get': { arguments: { readonly path: string; readonly property: string }; returns: unknown };
  'qom-set': {
    arguments: { readonly path: string; readonly property: string; readonly value: unknown };
    returns: object;
  };
  'qom-list': {
    arguments: { readonly path: string };
    returns: readonly { readonly name: string; readonly type: string }[];
  };
  netdev_add: {
    arguments: { readonly type: string; readonly id: string; readonly [property: string]: unknown };
    returns: object;
  };
  netdev_del: { arguments: { readonly id: string }; returns: object };
  set_link: { arguments: { readonly name: string; readonly up: boolean }; returns: object };
  'query-chardev': { arguments?: undefined; returns: readonly CharDevice[] };
  'chardev-add': {
    arguments: { readonly id: string; readonly backend: { readonly type: string; readonly data: object } };
    returns: { readonly pty?: string };
  };
  /** Only where the device takes another end while it runs; serial ports do. */
  'chardev-change': {
    arguments: { readonly id: string; readonly backend: { readonly type: string; readonly data: object } };
    returns: { readonly pty?: string };
  };
  'chardev-remove': { arguments: { readonly id: string }; returns: object };
  'query-pci': { arguments?: undefined; returns: readonly PciBus[] };
  'query-hotpluggable-cpus': {
    arguments?: undefined;
    returns: readonly {
      readonly type: string;
      readonly 'vcpus-count': number;
      readonly props: Readonly<Record<string, number>>;
      readonly 'qom-path'?: string;
    }[];
  };
  'query-vnc': {
    arguments?: undefined;
    returns: { readonly enabled: boolean; readonly host?: string; readonly service?: string };
  };
  /** Keys pressed at once, by their `QKeyCode`, and let go after so many milliseconds. */
  'send-key': {
    arguments: {
      readonly keys: readonly { readonly type: 'qcode'; readonly data: string }[];
      readonly 'hold-time'?: number;
    };
    returns: object;
  };
  /** `password` is never logged: errors carry the command's name, not its arguments. */
  set_password: {
    arguments: { readonly protocol: 'vnc' | 'spice'; readonly password: string };
    returns: object;
  };
}
