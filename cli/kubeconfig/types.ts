/** v1 Config of client-go, as far as it is read here. */
export interface KubeConfigFile {
  clusters?: { name: string; cluster: Cluster }[] | null;
  users?: { name: string; user: User }[] | null;
  contexts?: { name: string; context: Context }[] | null;
  'current-context'?: string | null;
}

export interface Cluster {
  server: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
  extensions?: { name: string; extension: unknown }[];
}

export interface User {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: unknown;
  'auth-provider'?: unknown;
  as?: string;
}

export interface Context {
  cluster: string;
  user: string;
  namespace?: string;
}

/** One context with what it names. */
export interface Chosen {
  readonly name: string;
  readonly namespace: string;
  readonly clusterName: string;
  readonly userName: string;
  readonly cluster: Cluster;
  readonly user: User;
}

/** Name of the extension with which `vmctl up` marks a cluster as its own, and what is in it. */
export const EXTENSION = 'vmctl.dev/home';

export interface HomeExtension {
  readonly provider: 'vmctl.dev';
  readonly home: string;
  /** Unix socket of the API. */
  readonly socket: string;
  /** The context that was current before. */
  readonly previousContext?: string;
  /** The user whose rights the socket gives. */
  readonly user: string;
}

export const homeExtension = (cluster: Cluster): HomeExtension | undefined =>
  cluster.extensions?.find(({ name }) => name === EXTENSION)?.extension as HomeExtension | undefined;
