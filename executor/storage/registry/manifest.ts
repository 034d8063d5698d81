import { createHash } from 'node:crypto';
import { readBounded } from '../download/index.ts';
import { RegistryError } from './errors.ts';
import { isDigest } from './reference.ts';
import type { Registry } from './registry.ts';

/** A blob, as a manifest names it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly (Descriptor & { platform?: { os?: string; architecture?: string } })[];
}

/** What a reference leads to: its layers, from the lowest up. */
export interface Artifact {
  /** Of the manifest. */
  readonly digest: string;
  readonly layers: readonly Descriptor[];
}

const OCI = 'application/vnd.oci.image';
const DOCKER = 'application/vnd.docker.distribution.manifest';
export const MANIFEST_TYPE = `${OCI}.manifest.v1+json`;
const ACCEPT = [MANIFEST_TYPE, `${OCI}.index.v1+json`, `${DOCKER}.v2+json`, `${DOCKER}.list.v2+json`].join(', ');
/** As registries bound them. */
const MAX_BYTES = 4 * 1024 ** 2;
const MOST_LAYERS = 128;
/** Go's names, which the specification uses, for uname's. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

export const goArchitecture = (architecture: string): string => ARCHITECTURES[architecture] ?? architecture;

/** Follows a reference to the manifest for an architecture, as uname says it. @throws RegistryError */
export async function fetchArtifact(registry: Registry, architecture: string): Promise<Artifact> {
  const { digest, manifest } = await fetchManifest(registry, registry.reference.target);
  if (!manifest.manifests) return artifact(digest, manifest);
  const chosen = choose(manifest.manifests, goArchitecture(architecture));
  const inner = await fetchManifest(registry, chosen.digest);
  return artifact(inner.digest, inner.manifest);
}

async function fetchManifest(registry: Registry, target: string): Promise<{ digest: string; manifest: Manifest }> {
  const url = registry.url(`manifests/${target}`);
  const body = await readBounded(await registry.call(url, { headers: { accept: ACCEPT } }), url, MAX_BYTES);
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  if (isDigest(target) && target !== digest) throw refused(`the manifest has the digest ${digest}, not ${target}`);
  try {
    return { digest, manifest: JSON.parse(body.toString('utf8')) as Manifest };
  } catch (cause) {
    throw refused(`the manifest is no JSON: ${(cause as Error).message}`);
  }
}

function choose(entries: NonNullable<Manifest['manifests']>, architecture: string): Descriptor {
  const ours = entries.find(({ platform }) => platform?.os === 'linux' && platform.architecture === architecture);
  const chosen = ours ?? (entries.length === 1 ? entries[0] : undefined);
  const there = entries.map(({ platform }) => `${platform?.os}/${platform?.architecture}`).join(', ');
  if (!chosen) throw refused(`there is none for linux/${architecture}, only for ${there}`);
  if (!isDigest(chosen.digest)) throw refused('its index names a manifest by no sha256 digest');
  return chosen;
}

function artifact(digest: string, { layers = [] }: Manifest): Artifact {
  const sound = layers.every((layer) => isDigest(layer.digest) && Number.isSafeInteger(layer.size) && layer.size >= 0);
  if (layers.length === 0 || layers.length > MOST_LAYERS || !sound)
    throw refused('its manifest names no layers, or damaged ones');
  return { digest, layers };
}

const refused = (why: string) => new RegistryError('ArtifactRefused', `the artifact cannot be used: ${why}`);
