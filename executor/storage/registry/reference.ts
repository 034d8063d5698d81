import { RegistryError } from './errors.ts';

/** A name in a registry, as the distribution specification has it. */
export interface Reference {
  /** As a person writes it, `quay.io` or `docker.io`: what credentials are kept under. */
  readonly registry: string;
  /** Where its API is. */
  readonly host: string;
  readonly repository: string;
  /** A tag, or `sha256:…`. */
  readonly target: string;
}

const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const REGISTRY = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?$/;

export const isDigest = (text: string): boolean => DIGEST.test(text);

const wrong = (text: string, why: string) =>
  new RegistryError('ArtifactRefused', `${JSON.stringify(text)} names nothing in a registry: ${why}`);

/** Reads `[registry/]repository[:tag|@digest]`; docker.io and latest where nothing is said. @throws RegistryError */
export function parseReference(text: string): Reference {
  const [name = '', digest] = text.split('@', 2);
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const named = first === 'localhost' || /[.:[]/.test(first);
  const rest = named ? name.slice(slash + 1) : name;
  const [, path = '', tag] = /^(.*?)(?::([^:/]*))?$/.exec(rest) ?? [];
  const registry = named ? first : 'docker.io';
  const isHub = registry === 'docker.io' || registry === 'index.docker.io';
  const repository = isHub && !path.includes('/') ? `library/${path}` : path;
  if (!REGISTRY.test(registry)) throw wrong(text, `${registry} is no host`);
  if (!REPOSITORY.test(repository))
    throw wrong(text, 'a repository is made of lower-case letters, digits, and . _ - / between them');
  if (tag !== undefined && !TAG.test(tag)) throw wrong(text, `${tag} is no tag`);
  if (digest !== undefined && !DIGEST.test(digest)) throw wrong(text, `${digest} is no digest such as sha256:…`);
  return { registry, host: isHub ? 'registry-1.docker.io' : registry, repository, target: digest ?? tag ?? 'latest' };
}
