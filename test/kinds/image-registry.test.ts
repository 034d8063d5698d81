import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageReconciler } from '../../executor/kinds/virtualmachineimage/index.ts';
import { poolReconciler } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import { ApiError } from '../../schemas/client/errors.ts';
import { hasRegistry, type RegistryServer, startRegistry, USER } from '../storage/registry-server.ts';
import { because, createWorld, ready, type World } from './world.ts';

const MIB = 1024 ** 2;
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const sha256 = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const DISK = randomBytes(2 * MIB);
DISK.set([0x55, 0xaa], 510);

let registry: RegistryServer;
const there = hasRegistry();
if (!there) console.log('skipped: docker-registry is not installed');

beforeAll(async () => {
  if (there) registry = await startRegistry();
});
afterAll(async () => registry?.[Symbol.asyncDispose]());

function start(world: World, secrets: Readonly<Record<string, Record<string, string>>> = {}): string {
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
  world.run(poolReconciler, imageReconciler);
  const path = join(world.folder, 'pool');
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  return path;
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

async function pushManifest(
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

async function pushImage(
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
function archive(world: World, files: Readonly<Record<string, Buffer>>, ...more: string[]): Buffer {
  const folder = join(world.folder, `tree-${Math.random()}`);
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return execFileSync('tar', ['-C', folder, '-c', ...more, '.'], { maxBuffer: 64 * MIB });
}

const oci = (repository: string, more: object = {}) => ({
  source: { oci: { reference: `${registry.host}/${repository}`, insecure: true, ...more } },
});

describe.skipIf(!there)('images of a registry', () => {
  test.each<[string, string, (tar: Buffer) => Buffer]>([
    ['plain', LAYER, (tar) => tar],
    ['gzip', `${LAYER}+gzip`, (tar) => gzipSync(tar)],
    ['zstd', `${LAYER}+zstd`, (tar) => zstdCompressSync(tar)],
    ['docker', 'application/vnd.docker.image.rootfs.diff.tar.gzip', (tar) => gzipSync(tar)],
  ])('a container disk in a layer of %s is the file below /disk', async (name, mediaType, pack) => {
    await using world = createWorld();
    const pool = start(world);
    const long = `${'long-'.repeat(30)}name.img`;
    const tar = archive(world, { [`disk/${long}`]: DISK, 'etc/motd': Buffer.from('hello') });
    await pushImage(`team/${name}`, [{ mediaType, bytes: pack(tar) }]);
    world.add('VirtualMachineImage', 'base', oci(`team/${name}`));
    const image = await world.until('VirtualMachineImage', 'base', because('Ready'));
    expect(image.status).toMatchObject({ format: 'raw', digest: sha256(DISK) });
    expect(readFileSync(join(pool, 'images/default/base.raw')).equals(DISK)).toBe(true);
    expect(readdirSync(join(pool, 'images/default')).sort()).toEqual(['base.raw', 'base.raw.json']);
  });

  test('the uppermost layer with a disk counts, and a pax header may say how it is called', async () => {
    await using world = createWorld();
    const pool = start(world);
    const layers = [
      archive(world, { 'disk/old.img': randomBytes(MIB) }),
      archive(world, { 'disk/new.img': DISK }, '--format=pax'),
      archive(world, { 'etc/motd': Buffer.from('x') }),
    ];
    await pushImage(
      'layers',
      layers.map((bytes) => ({ mediaType: LAYER, bytes })),
    );
    world.add('VirtualMachineImage', 'base', oci('layers:latest'));
    await world.until('VirtualMachineImage', 'base', because('Ready'));
    expect(readFileSync(join(pool, 'images/default/base.raw')).equals(DISK)).toBe(true);
  });

  test('an artifact of one layer is that file, which may be packed; its digest may be named', async () => {
    await using world = createWorld();
    const pool = start(world);
    const { digest } = await pushImage('artifact', [{ mediaType: 'application/vnd.x.disk', bytes: gzipSync(DISK) }]);
    world.add('VirtualMachineImage', 'base', oci(`artifact@${digest}`));
    await world.until('VirtualMachineImage', 'base', because('Ready'));
    expect(readFileSync(join(pool, 'images/default/base.raw')).equals(DISK)).toBe(true);
  });

  test('of an index the manifest for this architecture is taken', async () => {
    await using world = createWorld();
    const pool = start(world);
    const ours = await pushImage('index', [{ mediaType: 'application/x', bytes: DISK }], 'ours');
    const other = await pushImage('index', [{ mediaType: 'application/x', bytes: randomBytes(MIB) }], 'other');
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const entry = (it: typeof ours, architecture: string) => ({
      mediaType,
      ...it,
      platform: { os: 'linux', architecture },
    });
    await pushManifest('index', 'latest', {
      ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json' },
      manifests: [entry(other, 'arm64'), entry(ours, 'amd64')],
    });
    world.add('VirtualMachineImage', 'base', oci('index'));
    await world.until('VirtualMachineImage', 'base', because('Ready'));
    expect(readFileSync(join(pool, 'images/default/base.raw')).equals(DISK)).toBe(true);
    Object.assign(world.context.facts, { architecture: 's390x' });
    world.add('VirtualMachineImage', 'none', oci('index'));
    const none = await world.until('VirtualMachineImage', 'none', because('ArtifactRefused'));
    expect(ready(none)?.message).toContain('there is none for linux/s390x, only for linux/arm64, linux/amd64');
  });

  test('of several files the one that is named is taken, and none where none is', async () => {
    await using world = createWorld();
    start(world);
    const tar = archive(world, { 'disk/a.img': DISK, 'disk/b.img': randomBytes(MIB) });
    await pushImage('several', [{ mediaType: LAYER, bytes: tar }]);
    world.add('VirtualMachineImage', 'named', oci('several', { path: '/disk/a.img' }));
    const image = await world.until('VirtualMachineImage', 'named', because('Ready'));
    expect(image.status?.digest).toBe(sha256(DISK));
    world.add('VirtualMachineImage', 'unnamed', oci('several'));
    const refused = await world.until('VirtualMachineImage', 'unnamed', because('ImageRefused'));
    expect(ready(refused)?.message).toMatch(/several files, disk\/[ab].img and disk\/[ab].img: name one with path/);
  });

  const link = (world: World, name: string, ...args: string[]) => {
    const folder = join(world.folder, `hostile-${Math.random()}`);
    mkdirSync(join(folder, 'disk'), { recursive: true });
    writeFileSync(join(folder, 'disk/real.img'), DISK);
    execFileSync(
      args[0] ?? '',
      args.slice(1).map((arg) => arg.replace('@', join(folder, name))),
    );
    return execFileSync('tar', ['-C', folder, '-c', 'disk'], { maxBuffer: 64 * MIB });
  };
  test.each<[string, (world: World) => Buffer, RegExp]>([
    ['a link', (w) => link(w, 'disk/x.img', 'ln', '-s', '/etc/shadow', '@'), /no ordinary file but a link/],
    [
      'a hard link',
      (w) => {
        const folder = join(w.folder, 'hard');
        mkdirSync(join(folder, 'disk'), { recursive: true });
        writeFileSync(join(folder, 'disk/a.img'), DISK);
        execFileSync('ln', [join(folder, 'disk/a.img'), join(folder, 'disk/b.img')]);
        return execFileSync('tar', ['-C', folder, '-c', 'disk/a.img', 'disk/b.img'], { maxBuffer: 64 * MIB });
      },
      /no ordinary file but a link|several files/,
    ],
    ['a device', (w) => link(w, 'disk/x.img', 'mknod', '@', 'b', '1', '1'), /a device/],
    ['a pipe', (w) => link(w, 'disk/x.img', 'mkfifo', '@'), /a device/],
    [
      'a path that leads out',
      (w) => archive(w, { 'disk/x.img': DISK }, '--transform=s,disk,../../etc,'),
      /a path that leads out of it/,
    ],
    [
      'a file with holes',
      (w) => {
        const path = join(w.folder, 'sparse');
        mkdirSync(join(path, 'disk'), { recursive: true });
        execFileSync('truncate', ['-s', '8M', join(path, 'disk/x.img')]);
        return execFileSync('tar', ['-S', '-C', path, '-c', 'disk'], { maxBuffer: 64 * MIB });
      },
      /holes/,
    ],
    [
      'an archive that is cut off',
      (w) => archive(w, { 'disk/x.img': DISK }).subarray(0, MIB),
      /archive is damaged: it is cut off/,
    ],
    [
      'a header that is damaged',
      (w) => {
        const tar = archive(w, { 'disk/x.img': DISK });
        tar.fill(7, 0, 40);
        return tar;
      },
      /wrong checksum/,
    ],
    [
      'a packed layer that is damaged',
      (w) => gzipSync(archive(w, { 'disk/x.img': DISK })).subarray(0, MIB),
      /cut off or damaged/,
    ],
    [
      'a qcow2 with a backing file',
      (w) => {
        const path = join(w.folder, 'hostile.qcow2');
        execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/shadow', '-F', 'raw', path, '1M']);
        return archive(w, { 'disk/x.qcow2': readFileSync(path) });
      },
      /backing file "\/etc\/shadow"/,
    ],
  ])('%s in a layer is refused, and leaves nothing', async (what, make, sentence) => {
    await using world = createWorld();
    const pool = start(world);
    const repository = `bad/${what.replaceAll(' ', '-')}`;
    await pushImage(repository, [{ mediaType: LAYER, bytes: make(world) }]);
    world.add('VirtualMachineImage', 'bad', oci(repository));
    const image = await world.until('VirtualMachineImage', 'bad', because('ImageRefused'));
    expect(ready(image)?.message).toMatch(sentence);
    expect(readdirSync(join(pool, 'images/default'))).toEqual([]);
  });

  test('a reference that is not there says so, one that cannot be says why', async () => {
    await using world = createWorld();
    start(world);
    world.add('VirtualMachineImage', 'gone', oci('nothing:1'));
    const gone = await world.until('VirtualMachineImage', 'gone', because('ReferenceNotFound'));
    expect(ready(gone)?.message).toContain(`${registry.host}/nothing:1 is not in the registry`);
    world.add('VirtualMachineImage', 'wrong', oci('UPPER:1'));
    await world.until('VirtualMachineImage', 'wrong', because('ArtifactRefused'));
  });

  test('two images of one content are fetched once: the second is another name of the same file', async () => {
    await using world = createWorld();
    const pool = start(world);
    await pushImage('twice', [{ mediaType: 'application/x', bytes: DISK }]);
    world.add('VirtualMachineImage', 'one', oci('twice'));
    world.add('VirtualMachineImage', 'two', oci('twice'));
    await world.until('VirtualMachineImage', 'one', because('Ready'));
    await world.until('VirtualMachineImage', 'two', because('Ready'));
    const inode = (name: string) =>
      execFileSync('stat', ['-c', '%i', join(pool, 'images/default', `${name}.raw`)], { encoding: 'utf8' });
    expect(inode('one')).toBe(inode('two'));
    world.delete('VirtualMachineImage', 'one');
    await world.until('VirtualMachineImage', 'one', (image) => image === undefined);
    expect(readFileSync(join(pool, 'images/default/two.raw')).equals(DISK)).toBe(true);
  });

  test.each(['ContainerDisk', 'Artifact'] as const)('what is published as %s comes back as it was', async (layout) => {
    await using world = createWorld();
    const pool = start(world);
    const path = join(world.folder, 'source');
    writeFileSync(path, DISK);
    const reference = `${registry.host}/golden/${layout.toLowerCase()}:1`;
    const publish = { reference, insecure: true, layout };
    world.add('VirtualMachineImage', 'golden', { source: { file: { path } }, publish });
    const image = await world.until('VirtualMachineImage', 'golden', (one) => one?.status?.published !== undefined);
    expect(image.status?.published?.reference).toBe(reference);
    expect(image.status?.conditions?.find(({ type }) => type === 'Published')?.status).toBe('True');
    world.add('VirtualMachineImage', 'back', oci(`golden/${layout.toLowerCase()}@${image.status?.published?.digest}`));
    await world.until('VirtualMachineImage', 'back', because('Ready'));
    expect(readFileSync(join(pool, 'images/default/back.raw')).equals(DISK)).toBe(true);
    world.edit('VirtualMachineImage', 'golden', ({ spec }) => {
      spec['publish'] = { ...publish, reference: `${registry.host}/golden/again:2` };
    });
    await world.until('VirtualMachineImage', 'golden', (one) =>
      /again:2$/.test(one?.status?.published?.reference ?? ''),
    );
  });
});

describe.skipIf(!there).each(['basic', 'token'] as const)('a registry that asks who one is, by %s', (auth) => {
  let closed: RegistryServer;
  beforeAll(async () => {
    closed = await startRegistry(auth);
  });
  afterAll(async () => closed[Symbol.asyncDispose]());

  const config = () =>
    JSON.stringify({
      auths: { [closed.host]: { auth: Buffer.from(`${USER.username}:${USER.password}`).toString('base64') } },
    });

  test('takes what the Secret holds, for both ways, and nobody else reads it', async () => {
    await using world = createWorld();
    start(world, {
      plain: USER,
      docker: { '.dockerconfigjson': config() },
      wrong: { ...USER, password: 'no' },
      empty: { x: 'y' },
    });
    const path = join(world.folder, 'source');
    writeFileSync(path, DISK);
    const place = { reference: `${closed.host}/private/disk:1`, insecure: true };
    const from = (name: string) => ({ source: { oci: { ...place, ...(name && { secretRef: { name } }) } } });
    world.add('VirtualMachineImage', 'mine', {
      source: { file: { path } },
      publish: { ...place, secretRef: { name: 'plain' } },
    });
    await world.until('VirtualMachineImage', 'mine', (image) => image?.status?.published !== undefined);
    world.add('VirtualMachineImage', 'back', from('docker'));
    await world.until('VirtualMachineImage', 'back', because('Ready'));
    const reasons = { '': 'Unauthorized', wrong: 'Unauthorized', empty: 'SecretInvalid', gone: 'SecretInvalid' };
    for (const [secret, reason] of Object.entries(reasons)) {
      const name = `no-${secret || 'secret'}`;
      world.add('VirtualMachineImage', name, from(secret));
      const image = await world.until('VirtualMachineImage', name, because(reason));
      expect(JSON.stringify(image.status)).not.toContain(USER.password);
    }
    expect(JSON.stringify(world.events)).not.toContain(USER.password);
    if (auth === 'token') expect(closed.asked.some((url) => url.includes('push'))).toBe(true);
  });
});
