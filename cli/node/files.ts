import { shellWord } from '../showcmd/quote.ts';

/** Where things are on a node. */
export interface Places {
  /** Everything that is installed, `/opt/vmctl`. */
  readonly directory: string;
  /** What the executor keeps: volumes, machines. */
  readonly home: string;
}

export const places = ({ directory }: Places) => ({
  release: (digest: string) => `${directory}/releases/${digest}`,
  releases: `${directory}/releases`,
  current: `${directory}/current`,
  kubeconfig: `${directory}/kubeconfig`,
  ca: `${directory}/ca.crt`,
  token: `${directory}/token`,
  run: `${directory}/run`,
  log: `${directory}/executor.log`,
});

export const UNIT_NAME = 'vm-executor.service';
export const UNIT_PATH = `/etc/systemd/system/${UNIT_NAME}`;

const argvOf = (at: Places, node: string, extra: readonly string[]): string[] => [
  `${at.directory}/current/bin/vm-executor`,
  ...['--kubeconfig', places(at).kubeconfig, '--node-name', node, '--home', at.home],
  ...extra,
];

/** What starts the executor, whatever starts that: one place for its arguments. */
export const runScript = (at: Places, node: string, extra: readonly string[]): string =>
  `#!/bin/sh\n# Written by vmctl node add.\nexec ${argvOf(at, node, extra).map(shellWord).join(' ')}\n`;

/**
 * The unit of systemd. Guests are no part of it: they go on when the executor is stopped, upgraded or killed.
 * Source: systemd.service(5), systemd.kill(5) KillMode=process, systemd.resource-control(5) Delegate=
 */
export const unitFile = (at: Places): string => `# Written by vmctl node add.
[Unit]
Description=Virtual machines of Kubernetes (vm-executor)
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${places(at).run}
Restart=always
RestartSec=2
KillMode=process
Delegate=yes
OOMScoreAdjust=-900
LimitNOFILE=1048576
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`;

/** The credential is in a file of its own, which the executor renews; nothing secret is in this one. */
export function nodeKubeconfig(at: Places, server: string): string {
  const { ca, token } = places(at);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'vmctl', cluster: { server, 'certificate-authority': ca } }],
    users: [{ name: 'executor', user: { tokenFile: token } }],
    contexts: [{ name: 'vmctl', context: { cluster: 'vmctl', user: 'executor' } }],
    'current-context': 'vmctl',
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
