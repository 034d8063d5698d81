import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { VolumeFormat } from '../qemu-img/index.ts';
import type { TaskHandle } from '../tasks.ts';
import { RegistryError } from './errors.ts';
import { type Descriptor, goArchitecture, MANIFEST_TYPE } from './manifest.ts';
import type { Registry } from './registry.ts';
import { diskArchive } from './tar-write.ts';

export type Layout = 'ContainerDisk' | 'Artifact';

export interface PushOptions {
  readonly registry: Registry;
  readonly file: { readonly path: string; readonly format: VolumeFormat };
  readonly layout: Layout;
  /** As uname says it. */
  readonly architecture: string;
  readonly task: TaskHandle;
}

/** Something to send: its bytes can be read more than once, and are the same each time. */
interface Content {
  readonly mediaType: string;
  readonly size: number;
  read(): AsyncIterable<Buffer>;
}

const json = (mediaType: string, value: object): Content => {
  const bytes = Buffer.from(JSON.stringify(value));
  return {
    mediaType,
    size: bytes.length,
    read: async function* () {
      yield bytes;
    },
  };
};

/** One layer, and a configuration that says what it is, for each layout. */
const layouts = {
  /** As KubeVirt and every container tool takes it. */
  ContainerDisk: {
    layer: async ({ file }: PushOptions): Promise<Content> => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      ...(await diskArchive(file.path, `disk.${file.format}`)),
    }),
    config: (architecture: string, layer: Descriptor) =>
      json('application/vnd.oci.image.config.v1+json', {
        ...{ architecture, os: 'linux', config: {} },
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
      }),
    more: {},
  },
  /** The file itself, as artifact tools take it. */
  Artifact: {
    layer: async ({ file: { path, format } }: PushOptions): Promise<Content> => ({
      mediaType: `application/vnd.vmctl.disk.v1.${format}`,
      size: (await stat(path)).size,
      read: () => createReadStream(path, { highWaterMark: 1024 ** 2 }) as AsyncIterable<Buffer>,
    }),
    config: () => json('application/vnd.oci.empty.v1+json', {}),
    more: { artifactType: 'application/vnd.vmctl.disk.v1' },
  },
} as const satisfies Record<Layout, object>;

/** Sends an image to a registry. What is there already is not sent again. @returns the manifest's digest. @throws RegistryError */
export async function push(options: PushOptions): Promise<string> {
  const { registry, layout, architecture, file } = options;
  const { layer, config, more } = layouts[layout];
  const content = await layer(options);
  const described = await describe(content, options);
  await sendBlob(options, content, described);
  const settings = config(goArchitecture(architecture), described);
  const settingsDescribed = await describe(settings, options);
  await sendBlob(options, settings, settingsDescribed);
  const annotations = { 'org.opencontainers.image.title': basename(file.path) };
  const layers = [layout === 'Artifact' ? { ...described, annotations } : described];
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, ...more, config: settingsDescribed, layers }),
  );
  const headers = { 'content-type': MANIFEST_TYPE, 'content-length': String(manifest.length) };
  const call = { method: 'PUT', headers, body: () => manifest, accepts: [200, 201, 202] };
  (await registry.call(registry.url(`manifests/${registry.reference.target}`), call)).resume();
  return digestOf(manifest);
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function describe({ mediaType, size, read }: Content, { task }: PushOptions): Promise<Descriptor> {
  const hash = createHash('sha256');
  for await (const chunk of read()) {
    task.signal.throwIfAborted();
    hash.update(chunk);
  }
  return { mediaType, digest: `sha256:${hash.digest('hex')}`, size };
}

async function sendBlob(
  { registry, task }: PushOptions,
  content: Content,
  { digest, size }: Descriptor,
): Promise<void> {
  const known = await registry.call(registry.url(`blobs/${digest}`), { method: 'HEAD', accepts: [200, 404, 401, 403] });
  known.resume();
  if (known.statusCode === 200) return;
  const begun = await registry.call(registry.url('blobs/uploads/'), {
    method: 'POST',
    headers: { 'content-length': '0' },
    accepts: [202],
  });
  begun.resume();
  const { location } = begun.headers;
  if (location === undefined) throw new RegistryError('RegistryFailed', 'the registry does not say where to send to');
  const url = new URL(location, registry.url(''));
  url.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
  const body = () => Readable.from(counted(content, size, task), { objectMode: false });
  (await registry.call(url.href, { method: 'PUT', headers, body, accepts: [201, 204] })).resume();
}

async function* counted({ read }: Content, size: number, task: TaskHandle): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const chunk of read()) {
    yield chunk;
    sent += chunk.length;
    task.report(Math.floor((sent / Math.max(1, size)) * 100), 'Publishing');
  }
}
