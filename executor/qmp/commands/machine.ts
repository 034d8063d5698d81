/** What qemu's `RunState` can be. */
export type RunState =
  | 'colo'
  | 'debug'
  | 'finish-migrate'
  | 'guest-panicked'
  | 'inmigrate'
  | 'internal-error'
  | 'io-error'
  | 'paused'
  | 'postmigrate'
  | 'prelaunch'
  | 'restore-vm'
  | 'running'
  | 'save-vm'
  | 'shutdown'
  | 'suspended'
  | 'watchdog';

export interface Status {
  readonly status: RunState;
  readonly running: boolean;
}

export interface QemuVersion {
  readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number };
  /** The distributor's name for the build, e.g. `Debian 1:7.2+dfsg-7+deb12u18`. */
  readonly package: string;
}

export interface CpuInfo {
  readonly 'cpu-index': number;
  readonly 'thread-id': number;
  readonly target: string;
  readonly props?: Readonly<Record<string, number>>;
}

export interface SchemaEntry {
  readonly name: string;
  readonly 'meta-type': 'builtin' | 'enum' | 'array' | 'object' | 'alternate' | 'command' | 'event';
  readonly 'arg-type'?: string;
  readonly members?: readonly { readonly name: string; readonly type: string }[];
  readonly features?: readonly string[];
}

export interface ImageFormatArguments {
  readonly filename: string;
  readonly format?: 'ppm' | 'png';
  readonly device?: string;
  readonly head?: number;
}

/** The machine as a whole: its run state, its processors, what the binary can do. */
export interface MachineCommands {
  'query-status': { arguments?: undefined; returns: Status };
  'query-version': { arguments?: undefined; returns: QemuVersion };
  'query-name': { arguments?: undefined; returns: { readonly name?: string } };
  'query-uuid': { arguments?: undefined; returns: { readonly UUID: string } };
  'query-kvm': { arguments?: undefined; returns: { readonly enabled: boolean; readonly present: boolean } };
  'query-cpus-fast': { arguments?: undefined; returns: readonly CpuInfo[] };
  'query-iothreads': {
    arguments?: undefined;
    returns: readonly { readonly id: string; readonly 'thread-id': number }[];
  };
  'query-machines': { arguments?: undefined; returns: readonly { readonly name: string; readonly alias?: string }[] };
  'query-commands': { arguments?: undefined; returns: readonly { readonly name: string }[] };
  'query-qmp-schema': { arguments?: undefined; returns: readonly SchemaEntry[] };
  'query-memory-size-summary': {
    arguments?: undefined;
    returns: { readonly 'base-memory': number; readonly 'plugged-memory'?: number };
  };
  /** Sizes in bytes. Fails with class `DeviceNotActive` when the machine has no balloon. */
  'query-balloon': { arguments?: undefined; returns: { readonly actual: number } };
  balloon: { arguments: { readonly value: number }; returns: object };
  cont: { arguments?: undefined; returns: object };
  stop: { arguments?: undefined; returns: object };
  system_powerdown: { arguments?: undefined; returns: object };
  system_reset: { arguments?: undefined; returns: object };
  system_wakeup: { arguments?: undefined; returns: object };
  quit: { arguments?: undefined; returns: object };
  'inject-nmi': { arguments?: undefined; returns: object };
  'set-action': {
    arguments: {
      readonly reboot?: 'reset' | 'shutdown';
      readonly shutdown?: 'poweroff' | 'pause';
      readonly panic?: 'pause' | 'shutdown' | 'exit-failure' | 'none';
      readonly watchdog?: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'debug' | 'none' | 'inject-nmi';
    };
    returns: object;
  };
  /** The file is written by qemu, with qemu's user and in qemu's mount namespace. */
  screendump: { arguments: ImageFormatArguments; returns: object };
  /** The human monitor, for what has no command of its own: `hostfwd_add`, `info usernet`. Answers text, errors included. */
  'human-monitor-command': { arguments: { readonly 'command-line': string }; returns: string };
}
