import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MIB } from './image-world.ts';
import {
  archive,
  DISK,
  host,
  LAYER,
  oci,
  pushImage,
  pushManifest,
  sha256,
  start,
  there,
  withRegistry,
} from './registry-images.ts';
import { because, createWorld, ready } from './world.ts';

withRegistry();

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
    const reference = `${host()}/golden/${layout.toLowerCase()}:1`;
    const publish = { reference, insecure: true, layout };
    world.add('VirtualMachineImage', 'golden', { source: { file: { path } }, publish });
    const image = await world.until('VirtualMachineImage', 'golden', (one) => one?.status?.published !== undefined);
    expect(image.status?.published?.reference).toBe(reference);
    expect(image.status?.conditions?.find(({ type }) => type === 'Published')?.status).toBe('True');
    world.add('VirtualMachineImage', 'back', oci(`golden/${layout.toLowerCase()}@${image.status?.published?.digest}`));
    await world.until('VirtualMachineImage', 'back', because('Ready'));
    expect(readFileSync(join(pool, 'images/default/back.raw')).equals(DISK)).toBe(true);
    world.edit('VirtualMachineImage', 'golden', ({ spec }) => {
      spec['publish'] = { ...publish, reference: `${host()}/golden/again:2` };
    });
    await world.until('VirtualMachineImage', 'golden', (one) =>
      /again:2$/.test(one?.status?.published?.reference ?? ''),
    );
  });
});
