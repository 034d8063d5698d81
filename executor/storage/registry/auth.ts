import type { Reference } from './reference.ts';

/** What a Secret holds for one registry. Never logged, never in an error. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** Sent as it is. */
  | { readonly token: string };

/** What a registry wants of who asks: RFC 7235's challenge. */
export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads `Bearer realm="https://auth…",service="…",scope="…"`; nothing where it is another scheme. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const [, word = '', rest = ''] = /^\s*(basic|bearer)\s+(.*)$/is.exec(header ?? '') ?? [];
  if (word === '') return undefined;
  const pairs = [...rest.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(
    ([, name = '', value = '']) => [name.toLowerCase(), value] as const,
  );
  return { scheme: word.toLowerCase() as Challenge['scheme'], parameters: new Map(pairs) };
}

export const basic = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Names that one registry goes by in a Docker configuration. */
const aliases = ({ registry }: Reference): string[] =>
  registry === 'docker.io'
    ? ['docker.io', 'index.docker.io', 'https://index.docker.io/v1/']
    : [registry, `https://${registry}`];

interface DockerEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly registrytoken?: string;
}

/** What a Docker configuration (`.dockerconfigjson`) says of one registry; nothing where it does not. @throws SyntaxError */
export function fromDockerConfig(text: string, reference: Reference): Credentials | undefined {
  const { auths = {} } = JSON.parse(text) as { auths?: Record<string, DockerEntry> };
  const name = aliases(reference).find((alias) => Object.hasOwn(auths, alias));
  const { auth, username, password, registrytoken } = auths[name ?? ''] ?? {};
  if (registrytoken) return { token: registrytoken };
  if (username !== undefined && password !== undefined) return { username, password };
  if (!auth) return undefined;
  const [, user = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? [];
  return { username: user, password: secret };
}
