import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { ApiError } from '../../schemas/client/errors.ts';
import { hasRegistry, type RegistryServer, startRegistry } from '../storage/registry-server.ts';
import { MIB, start as startImages } from './image-world.ts';
import type { World } from './world.ts';

export const LAYER = 'application/vnd.oci.image.layer.v1.tar';
export const sha256 = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const DISK = randomBytes(2 * MIB);
DISK.set([0x55, 0xaa], 510);

export const there = hasRegistry();
if (!there) console.log('skipped: docker-registry is not installed');

let registry: RegistryServer;
/** One registry for the tests of a file. */
export function withRegistry(): void {
  beforeAll(async () => {
    if (there) registry = await startRegistry();
  });
  afterAll(async () => registry?.[Symbol.asyncDispose]());
}
export const host = (): string => registry.host;

export function start(world: World, secrets: Readonly<Record<string, Record<string, string>>> = {}): string {
  const { client } = world.context;
  const { get } = client;
  Object.assign(world.context.facts, { architecture: 'x86_64' });
  Object.assign(client, {
    get: async (type: { plural: string }, key: { name: string }) => {
      if (type.plural !== 'secrets') return get(type as never, key);
      const data = secrets[key.name];
      if (!data) throw new ApiError(404, { reason: 'NotFound', message: 'not found' });
      const entries = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
      return { metadata: { name: key.name }, data: Object.fromEntries(entries) };
    },
  });
  return startImages(world);
}

/** Pushes by hand, as another tool would. */
async function pushBlob(repository: string, bytes: Buffer): Promise<{ digest: string; size: number }> {
  const base = `http://${registry.host}/v2/${repository}`;
  const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  const url = new URL(begun.headers.get('location') ?? '', base);
  url.searchParams.set('digest', sha256(bytes));
  const done = await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) });
  expect(done.status).toBe(201);
  return { digest: sha256(bytes), size: bytes.length };
}

export async function pushManifest(
  repository: string,
  target: string,
  manifest: Record<string, unknown> & { mediaType: string },
) {
  const body = JSON.stringify(manifest);
  const url = `http://${registry.host}/v2/${repository}/manifests/${target}`;
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': manifest.mediaType }, body });
  expect(answer.status, await answer.text()).toBe(201);
  return { digest: sha256(body), size: body.length };
}

export async function pushImage(
  repository: string,
  layers: readonly { mediaType: string; bytes: Buffer }[],
  target = 'latest',
) {
  const config = await pushBlob(repository, Buffer.from('{}'));
  const pushed = [];
  for (const { mediaType, bytes } of layers) pushed.push({ mediaType, ...(await pushBlob(repository, bytes)) });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return pushManifest(repository, target, {
    ...{ schemaVersion: 2, mediaType, layers: pushed },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
  });
}

/** An archive made by GNU tar of files in a folder. */
export function archive(world: World, files: Readonly<Record<string, Buffer>>, ...more: string[]): Buffer {
  const folder = join(world.folder, `tree-${Math.random()}`);
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return execFileSync('tar', ['-C', folder, '-c', ...more, '.'], { maxBuffer: 64 * MIB });
}

export const oci = (repository: string, more: object = {}) => ({
  source: { oci: { reference: `${registry.host}/${repository}`, insecure: true, ...more } },
});
