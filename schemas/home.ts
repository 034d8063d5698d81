/** Files of the folder that a standalone vmctl lives in, as both programs know them. */
export interface HomeFiles {
  /** Process id of the executor as a line of text; there while it runs. */
  readonly pid: string;
  /** An `ExecutorEndpoint` as JSON, written whole (temporary name, rename) once the API answers. */
  readonly endpoint: string;
  /** What the executor says when `vmctl up` started it. */
  readonly log: string;
}

/** How to reach the embedded API of a home. */
export interface ExecutorEndpoint {
  readonly pid: number;
  /** Version of the executor. */
  readonly version: string;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** Unix socket of the same API without TLS; whoever may open it is the administrator. */
  readonly socketPath: string;
  /** Path of a kubeconfig file with one cluster, one user and one context. */
  readonly kubeconfig: string;
}

export const homeFiles = (home: string): HomeFiles => ({
  pid: `${home}/executor.pid`,
  endpoint: `${home}/endpoint.json`,
  log: `${home}/executor.log`,
});

/**
 * The home where nothing else is asked for: `$VMCTL_HOME`, else /var/lib/vmctl for root,
 * else `$XDG_DATA_HOME/vmctl` (`~/.local/share/vmctl`).
 */
export function defaultHome(env: Readonly<Record<string, string | undefined>>, uid: number, userHome: string): string {
  if (env['VMCTL_HOME']) return env['VMCTL_HOME'];
  if (uid === 0) return '/var/lib/vmctl';
  return `${env['XDG_DATA_HOME'] || `${userHome}/.local/share`}/vmctl`;
}
