import { expect, test } from 'vitest';
import { CATALOG, catalogSource } from '../../cli/image/catalog.ts';
import { unusedImages } from '../../cli/image/unused.ts';
import { objectName } from '../../cli/names.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';

const entries = Object.entries(CATALOG).flatMap(([name, { sources }]) =>
  Object.entries(sources).map(([architecture, http]) => [name, architecture, http] as const),
);

test.each(entries)('%s for %s is a source that the language takes, over TLS and with a digest', (name, _arch, http) => {
  expect(objectName(name)).toBe(name);
  expect(kinds.VirtualMachineImage.spec.parse({ source: { http } })).toMatchObject({ source: { http } });
  for (const url of [http.url, http.checksumUrl ?? http.url]) expect(new URL(url).protocol).toBe('https:');
  expect(http.checksum ?? http.checksumUrl).toBeDefined();
});

test('the catalog has the distributions that people ask for', () => {
  const names = Object.keys(CATALOG).map((name) => name.split('-')[0]);
  expect([...new Set(names)].sort()).toEqual(['alpine', 'cirros', 'debian', 'fedora', 'rocky', 'ubuntu']);
  expect(catalogSource('debian-12', 'amd64')?.url).toMatch(/bookworm.*genericcloud-amd64\.qcow2$/);
  expect(catalogSource('constructor', 'amd64')).toBeUndefined();
  expect(catalogSource('cirros', 'arm64')).toBeUndefined();
});

test('what is needed in any way is not pruned', () => {
  const image = (name: string, status: object = {}, spec: object = {}) =>
    ({
      metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z' },
      spec,
      status: { phase: 'Ready', ...status },
    }) as unknown as VirtualMachineImage;
  const images = [
    image('free'),
    image('failed', { phase: 'Failed' }),
    image('coming', { phase: 'Downloading' }),
    image('base'),
    image('cdrom'),
    image('kernel'),
    image('initrd'),
    image('retained', { usedBy: ['retained volume /pool/x'] }),
    image('waiting', {}, { publish: { reference: 'r/x:1' } }),
    image('published', { published: { reference: 'r/x:1' } }, { publish: { reference: 'r/x:1' } }),
  ];
  const disks = [{ spec: { source: { image: { name: 'base' } } } }] as VirtualMachineDisk[];
  const kernel = { image: { name: 'kernel' }, initrd: { name: 'initrd' } };
  const machines = [
    { spec: { disks: [{ name: 'cd', image: { name: 'cdrom' } }], machine: { boot: { kernel } } } },
  ] as unknown as VirtualMachine[];
  const now = Date.parse('2026-01-02T00:00:00Z');
  const names = (age: number) =>
    unusedImages({ images, disks, machines }, age, now).map(({ metadata }) => metadata.name);
  expect(names(0)).toEqual(['free', 'failed', 'published']);
  expect(names(25 * 3_600_000)).toEqual([]);
});
