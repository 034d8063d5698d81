import { hostAlias } from './host-key.ts';

export interface NativeHost {
  readonly uid: string;
  readonly machine: string;
  readonly namespace: string;
  readonly port: number;
  /** How this program is called, with the flags that lead to the same API. */
  readonly vmctl: readonly string[];
  readonly knownHosts: string;
}

/** A word for the shell that runs a ProxyCommand. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** ssh_config(5) knows `%` as the beginning of a token. */
const proxyCommand = ({ vmctl, namespace, machine, port }: NativeHost): string =>
  [...vmctl, 'port-forward', '--stdio', '--namespace', namespace, machine, String(port)]
    .map(shellWord)
    .join(' ')
    .replaceAll('%', '%%');

/** What OpenSSH needs to reach a machine through the API, as the options of ssh_config(5). */
export const sshOptions = (host: NativeHost): readonly (readonly [string, string])[] => [
  ['ProxyCommand', proxyCommand(host)],
  ['HostKeyAlias', hostAlias(host.uid)],
  ['UserKnownHostsFile', `"${host.knownHosts}"`],
  ['StrictHostKeyChecking', 'accept-new'],
  ['CheckHostIP', 'no'],
];

/** The options as arguments. */
export const sshArguments = (host: NativeHost): string[] =>
  sshOptions(host).flatMap(([name, value]) => ['-o', `${name}=${value}`]);

/** A block of ~/.ssh/config: `ssh web.default.vm` works then, and so does whatever uses ssh. */
export function sshConfigBlock(host: NativeHost, user?: string): string {
  const lines = [...(user === undefined ? [] : [['User', user] as const]), ...sshOptions(host)];
  return `Host ${host.machine}.${host.namespace}.vm\n${lines.map(([name, value]) => `  ${name} ${value}\n`).join('')}`;
}
