import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultHome } from '../../schemas/home.ts';
import type { ClusterOptions } from '../cluster/timing.ts';
import type { MetricsAddress } from '../metrics/listener.ts';
import type { Settings } from '../settings.ts';

export const USAGE = `vm-executor: runs the virtual machines of this node.

  vm-executor --standalone [--home DIR]      serve the API as well: one node, no cluster
  vm-executor --kubeconfig FILE [--home DIR] run the machines that a cluster's API binds to this node
  vm-executor --service-account DIR          the same as a pod does: with its token and ca.crt, where $KUBERNETES_SERVICE_HOST is
  vm-executor --doctor                       look at this host and print what is found, as JSON
  vm-executor --version

  --home DIR                     where everything is kept; $VMCTL_HOME, else /var/lib/vmctl or ~/.local/share/vmctl
  --node-name NAME               name of this node; the host's where nothing is given
  --listen ADDRESS, --port PORT  where the API of --standalone listens: 127.0.0.1 and any free port where not given; in a
                                 cluster, where the ways into machines are served to the API server and other executors:
                                 the address of this host on the way to the API server, and port 10750
  --metrics-listen ADDRESS:PORT  serve GET /metrics for Prometheus there as well, on plain HTTP and to whoever can connect;
                                 the API of --standalone has it anyway
  --import-folder DIR            folder that images may be imported from, repeatable; where none is given: every folder
                                 with --standalone, whose only user is this one, and <home>/import in a cluster
  --qemu-user NAME               user that qemu runs as where the executor is root; vmctl-qemu
  --allow-extra-arguments        obey spec.launch.extraArguments of machines
  --crash-backoff FIRST,LONGEST  milliseconds before a crashed machine is started again; 1000,300000
  --lease SECONDS                a node that does not renew its lease for so long is taken for dead; 40
  --election LEASE,RENEW,RETRY   seconds of the election of the controllers that are not per node; 15,10,2
  --pause-image IMAGE            of the pods that hold the places of machines; registry.k8s.io/pause:3.10
  --console-log-bytes N          what is kept of each serial console's log; 1048576`;

/** What the command line asks for. */
export interface Options {
  /** `download` is for itself alone: see storage/download/apart.ts. */
  readonly mode: 'standalone' | 'cluster' | 'doctor' | 'version' | 'help' | 'download';
  readonly kubeconfig?: string;
  /** Folder of `token` and `ca.crt`, as a projected volume of a pod has them. */
  readonly serviceAccount?: string;
  readonly nodeName?: string;
  readonly listen?: string;
  readonly port?: number;
  readonly metricsListen?: MetricsAddress;
  readonly settings: Settings;
  /** Without effect in `--standalone`, but for the lease. */
  readonly cluster: ClusterOptions;
}

const FLAGS = {
  standalone: { type: 'boolean' },
  kubeconfig: { type: 'string' },
  'service-account': { type: 'string' },
  home: { type: 'string' },
  'node-name': { type: 'string' },
  listen: { type: 'string' },
  port: { type: 'string' },
  'metrics-listen': { type: 'string' },
  'import-folder': { type: 'string', multiple: true },
  'qemu-user': { type: 'string', default: 'vmctl-qemu' },
  'allow-extra-arguments': { type: 'boolean', default: false },
  'crash-backoff': { type: 'string', default: '1000,300000' },
  lease: { type: 'string', default: '40' },
  election: { type: 'string', default: '15,10,2' },
  'pause-image': { type: 'string', default: 'registry.k8s.io/pause:3.10' },
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
    cluster: clusterOptions(values),
    ...(values['metrics-listen'] !== undefined && { metricsListen: addressOf(values['metrics-listen']) }),
    ...(values.kubeconfig !== undefined && { kubeconfig: absolute(values.kubeconfig) }),
    ...(values['service-account'] !== undefined && { serviceAccount: absolute(values['service-account']) }),
    ...(values['node-name'] !== undefined && { nodeName: values['node-name'] }),
  };
}

const SECOND_MS = 1000;

function clusterOptions(values: { lease: string; election: string; 'pause-image': string }): ClusterOptions {
  const parts = values.election.split(',').map((text) => wholeNumber('--election', text, 'no time in seconds'));
  const [leaseMs = 0, renewMs = 0, retryMs = 0] = parts.map((seconds) => seconds * SECOND_MS);
  if (!(leaseMs > renewMs && renewMs > retryMs && retryMs > 0)) {
    throw new Error(`--election ${values.election} must be three times, each shorter than the one before`);
  }
  const nodeLeaseSeconds = wholeNumber('--lease', values.lease, 'no time in seconds');
  if (nodeLeaseSeconds === 0) throw new Error('--lease 0 would take every node for dead');
  return { election: { leaseMs, renewMs, retryMs }, nodeLeaseSeconds, pauseImage: values['pause-image'] };
}

function wholeNumber(flag: string, text: string, what: string, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new Error(`${flag} ${text} is ${what}`);
}

/** `127.0.0.1:9100`, `[::1]:9100`. */
function addressOf(text: string): MetricsAddress {
  const [, inBrackets, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = inBrackets ?? plain ?? '';
  if (isIP(host) === 0)
    throw new Error(`--metrics-listen ${text} is no ADDRESS:PORT, such as 127.0.0.1:9100 or [::1]:9100`);
  return { host, port: wholeNumber('--metrics-listen', port, 'no port', MOST_PORTS) };
}

const absolute = (path: string): string => (isAbsolute(path) ? resolve(path) : resolve(process.cwd(), path));

type Values = { [K in 'standalone' | 'doctor' | 'version' | 'help' | 'download']?: boolean | undefined } & {
  kubeconfig?: string | undefined;
  'service-account'?: string | undefined;
};

function modeOf(values: Values): Options['mode'] {
  if (values.help) return 'help';
  if (values.version) return 'version';
  if (values.doctor) return 'doctor';
  if (values.download) return 'download';
  const flags = (['standalone', 'kubeconfig', 'service-account'] as const).filter((flag) => values[flag]);
  const [first, second] = flags;
  if (second) throw new Error(`--${first} and --${second} exclude each other`);
  if (first) return first === 'standalone' ? 'standalone' : 'cluster';
  throw new Error('say --standalone or --kubeconfig FILE; --help tells more');
}
