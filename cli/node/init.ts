import type { Host } from '../import/remote/connect.ts';
import { type Places, places, UNIT_NAME, UNIT_PATH, unitFile } from './files.ts';
import { must, readFile, tried, writeFile } from './remote.ts';

/** How a host starts programs. */
export type InitSystem = 'systemd' | 'none';

/** What a host's way of starting programs is asked to do with the executor. */
export interface Init {
  /** What is said of it. */
  readonly title: string;
  /** The text of its service file that is there, and the one that should be; nothing where it has none. */
  observe(host: Host): Promise<string | undefined>;
  wanted(at: Places): string | undefined;
  install(host: Host, at: Places): Promise<void>;
  start(host: Host, at: Places): Promise<void>;
  stop(host: Host, at: Places): Promise<void>;
  /** Takes the service away, so that the next start of the host does not start the executor. */
  uninstall(host: Host): Promise<void>;
}

const pidFile = ({ home }: Places): string => `${home}/executor.pid`;

/** Ends the executor of a home, if it is one, and waits until it has: another would find the home locked. */
const STOP = `pid=$(cat "$1") || exit 0
case $(tr '\\0' ' ' <"/proc/$pid/cmdline") in *vm-executor*) ;; *) exit 0 ;; esac
kill -TERM "$pid"
for i in $(seq 300); do [ -d "/proc/$pid" ] || exit 0; sleep 0.1; done
exit 1`;

/** Goes on after the connection has ended; a log takes the place of a journal. */
const START = 'setsid "$1" >>"$2" 2>&1 </dev/null &';

export const inits = {
  systemd: {
    title: 'systemd',
    observe: (host) => readFile(host, UNIT_PATH),
    wanted: unitFile,
    install: async (host, at) => {
      await writeFile(host, UNIT_PATH, unitFile(at), '644');
      await must(host, ['systemctl', 'daemon-reload']);
      await must(host, ['systemctl', 'enable', UNIT_NAME]);
    },
    start: async (host) => void (await must(host, ['systemctl', 'restart', UNIT_NAME])),
    stop: async (host) => void (await must(host, ['systemctl', 'stop', UNIT_NAME])),
    uninstall: async (host) => {
      await tried(host, ['systemctl', 'disable', UNIT_NAME]);
      await must(host, ['rm', '-f', UNIT_PATH]);
      await must(host, ['systemctl', 'daemon-reload']);
    },
  },
  none: {
    title: 'a process of its own (no systemd here: nothing starts it when the host has been restarted)',
    observe: async () => undefined,
    wanted: () => undefined,
    install: async () => {},
    start: async (host, at) => {
      await must(host, ['sh', '-c', STOP, 'sh', pidFile(at)]);
      await must(host, ['sh', '-c', START, 'sh', places(at).run, places(at).log]);
    },
    stop: async (host, at) => void (await must(host, ['sh', '-c', STOP, 'sh', pidFile(at)])),
    uninstall: async () => {},
  },
} satisfies Record<InitSystem, Init>;

/** The release that the running executor is of; undefined where none runs. Its Node is in its release's folder. */
const RUNNING = `pid=$(cat "$1") && readlink "/proc/$pid/exe"`;

export async function runningProgram(host: Host, at: Places): Promise<string | undefined> {
  const program = await tried(host, ['sh', '-c', RUNNING, 'sh', pidFile(at)]);
  return program === '' ? undefined : program;
}

/** Source: sd_booted(3) */
export async function initOf(host: Host): Promise<InitSystem> {
  return (await tried(host, ['test', '-d', '/run/systemd/system'])) === undefined ? 'none' : 'systemd';
}
