/** A qemu that was never started: what it was asked to be, and how far it got. */
export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly type: string;
  /** Ids of the devices on its command line. */
  readonly devices: readonly string[];
  status: 'prelaunch' | 'running' | 'paused';
}

type Answer = (machine: Machine, args: Readonly<Record<string, unknown>>) => unknown;

/** What qemu 7.2 answers, of the commands that starting, watching and ending a machine needs. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  qmp_capabilities: () => ({}),
  'query-status': ({ status }) => ({ status, running: status === 'running', singlestep: false }),
  'query-cpus-fast': ({ cpus }) =>
    Array.from({ length: cpus }, (_, index) => ({
      'cpu-index': index,
      'thread-id': 1,
      'qom-path': `/machine/unattached/device[${index}]`,
      target: 'x86_64',
    })),
  'query-balloon': ({ memoryBytes }) => ({ actual: memoryBytes }),
  'query-memory-size-summary': ({ memoryBytes }) => ({ 'base-memory': memoryBytes, 'plugged-memory': 0 }),
  'query-chardev': () => [],
  'query-block': () => [],
  'qom-list': ({ devices }) => [
    { name: 'type', type: 'string' },
    ...devices.map((name) => ({ name, type: 'child<device>' })),
  ],
  'qom-get': ({ type }) => `${type}-machine`,
  'set-action': () => ({}),
  system_powerdown: () => ({}),
  quit: () => ({}),
  cont: (machine) => {
    machine.status = 'running';
    return {};
  },
  stop: (machine) => {
    machine.status = 'paused';
    return {};
  },
};

/** Events that follow the answer. */
export const EVENTS: Readonly<Record<string, string>> = { cont: 'RESUME', stop: 'STOP', quit: 'SHUTDOWN' };

const FAMILIES: Readonly<Record<string, string>> = { q35: 'pc-q35-7.2', pc: 'pc-i440fx-7.2' };

const idOf = (device: string): string | undefined =>
  device.startsWith('{') ? (JSON.parse(device) as { id?: string }).id : /(?:^|,)id=([^,]*)/.exec(device)?.[1];

/** What a command line asks for, as `executor/qemu/argv.ts` writes it. */
export function machineOf(argv: readonly string[]): Machine {
  const values = (option: string) => argv.flatMap((word, index) => (word === option ? [argv[index + 1] ?? ''] : []));
  const type = /^type=([^,]*)/.exec(values('-machine')[0] ?? '')?.[1] ?? 'q35';
  return {
    cpus: Number.parseInt(values('-smp')[0] ?? '1', 10),
    memoryBytes: Number.parseInt(values('-m')[0] ?? '0', 10),
    type: FAMILIES[type] ?? type,
    devices: values('-device').flatMap((device) => idOf(device) ?? []),
    status: argv.includes('-S') ? 'prelaunch' : 'running',
  };
}
