import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultHome } from '../../schemas/home.ts';
import type { Settings } from '../settings.ts';

export const USAGE = `vm-executor: runs the virtual machines of this node.

  vm-executor --standalone [--home DIR]      serve the API as well: one node, no cluster
  vm-executor --kubeconfig FILE [--home DIR] run the machines that a cluster's API binds to this node
  vm-executor --doctor                       look at this host and print what is found, as JSON
  vm-executor --version

  --home DIR                     where everything is kept; $VMCTL_HOME, else /var/lib/vmctl or ~/.local/share/vmctl
  --node-name NAME               name of this node; the host's where nothing is given
  --listen ADDRESS, --port PORT  where the API of --standalone listens: 127.0.0.1 and any free port where not given; in a
                                 cluster, where the ways into machines are served to the API server and other executors:
                                 the address of this host on the way to the API server, and port 10750
  --import-folder DIR            folder that images may be imported from, repeatable; where none is given: every folder
                                 with --standalone, whose only user is this one, and <home>/import in a cluster
  --qemu-user NAME               user that qemu runs as where the executor is root; vmctl-qemu
  --allow-extra-arguments        obey spec.launch.extraArguments of machines
  --crash-backoff FIRST,LONGEST  milliseconds before a crashed machine is started again; 1000,300000
  --console-log-bytes N          what is kept of each serial console's log; 1048576`;

/** What the command line asks for. */
export interface Options {
  /** `download` is for itself alone: see storage/download/apart.ts. */
  readonly mode: 'standalone' | 'cluster' | 'doctor' | 'version' | 'help' | 'download';
  readonly kubeconfig?: string;
  readonly nodeName?: string;
  readonly listen?: string;
  readonly port?: number;
  readonly settings: Settings;
}

const FLAGS = {
  standalone: { type: 'boolean' },
  kubeconfig: { type: 'string' },
  home: { type: 'string' },
  'node-name': { type: 'string' },
  listen: { type: 'string' },
  port: { type: 'string' },
  'import-folder': { type: 'string', multiple: true },
  'qemu-user': { type: 'string', default: 'vmctl-qemu' },
  'allow-extra-arguments': { type: 'boolean', default: false },
  'crash-backoff': { type: 'string', default: '1000,300000' },
  'console-log-bytes': { type: 'string', default: String(1024 * 1024) },
  doctor: { type: 'boolean' },
  download: { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const MOST_PORTS = 65535;
const RESYNC_MS = 30_000;

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Options {
  const { values } = parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: false });
  const port = values.port === undefined ? undefined : wholeNumber('--port', values.port, 'no port', MOST_PORTS);
  const [first = 0, longest = first] = values['crash-backoff']
    .split(',')
    .map((text) => wholeNumber('--crash-backoff', text, 'no time in milliseconds'));
  const home = absolute(values.home ?? defaultHome(env, process.getuid?.() ?? 0, homedir()));
  const settings: Settings = {
    home,
    importFolders: values['import-folder']?.map(absolute) ?? [values.standalone ? '/' : `${home}/import`],
    qemuUser: values['qemu-user'],
    extraArguments: values['allow-extra-arguments'],
    standalone: values.standalone === true,
    crashBackoffMs: { first, longest },
    consoleLogBytes: wholeNumber('--console-log-bytes', values['console-log-bytes'], 'no number of bytes'),
    resyncMs: RESYNC_MS,
  };
  return {
    mode: modeOf(values),
    ...(values.listen !== undefined && { listen: values.listen }),
    ...(port !== undefined && { port }),
    settings,
    ...(values.kubeconfig !== undefined && { kubeconfig: absolute(values.kubeconfig) }),
    ...(values['node-name'] !== undefined && { nodeName: values['node-name'] }),
  };
}

function wholeNumber(flag: string, text: string, what: string, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new Error(`${flag} ${text} is ${what}`);
}

const absolute = (path: string): string => (isAbsolute(path) ? resolve(path) : resolve(process.cwd(), path));

type Values = { [K in 'standalone' | 'doctor' | 'version' | 'help' | 'download']?: boolean | undefined } & {
  kubeconfig?: string | undefined;
};

function modeOf(values: Values): Options['mode'] {
  if (values.help) return 'help';
  if (values.version) return 'version';
  if (values.doctor) return 'doctor';
  if (values.download) return 'download';
  if (values.standalone && values.kubeconfig) throw new Error('--standalone and --kubeconfig exclude each other');
  if (values.standalone) return 'standalone';
  if (values.kubeconfig) return 'cluster';
  throw new Error('say --standalone or --kubeconfig FILE; --help tells more');
}
