import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ExportError, exportDomain } from '../../analyser/export.ts';
import { analyse, type Manifest } from '../../analyser/index.ts';
import { parseXml } from '../../analyser/xml/parse.ts';
import { FIXTURES, samples } from './corpus.ts';
import { infoset } from './infoset.ts';

const fixture = (name: string): string => samples(FIXTURES).find((one) => one.name === name)?.xml ?? '';
type Machine = Manifest<'VirtualMachine'>;

/** Exports a fixture after its spec was changed. */
function edited(name: string, change: (spec: Machine['spec']) => void): string {
  const objects = structuredClone(analyse(fixture(name)).objects) as Manifest[];
  const machine = objects[0] as Machine;
  change(machine.spec);
  return exportDomain(machine, objects);
}

test('a changed value is exported, and what was kept for the old one falls away', () => {
  const xml = edited('virt-install.xml', (spec) => {
    const [disk] = spec.disks ?? [];
    Object.assign(disk ?? {}, { bus: 'scsi', discard: 'ignore' });
    spec.memory.size = '3Gi';
    spec.cpu = { sockets: 1, cores: 2 };
    spec.restartPolicy = 'Always';
  });
  expect(xml).toContain("<driver type='qcow2' cache='none' discard='ignore' name='qemu'/>");
  expect(xml).toContain("<target dev='vda' bus='scsi'/>");
  expect(xml).toContain('<memory>3145728</memory>');
  expect(xml).toContain("<topology sockets='1' cores='2' threads='1'/>");
  expect(xml).toContain('<on_poweroff>restart</on_poweroff>');
});

test('memory that is no whole number of KiB is exported to the byte', () => {
  const xml = fixture('minimal.xml').replace('<memory>524288<', "<memory unit='KB'>536870<");
  const { objects } = analyse(xml);
  expect((objects[0] as Machine).spec.memory.size).toBe('536870000');
  expect(exportDomain(objects[0] as Machine, objects)).toContain("<memory unit='b'>536870000</memory>");
});

test('a default that the input left out is exported once it is another', () => {
  const unsaid = edited('virt-install.xml', () => undefined);
  const said = edited('virt-install.xml', (spec) => Object.assign(spec.balloon ?? {}, { deflateOnOom: true }));
  expect(unsaid).not.toContain('autodeflate');
  expect(said).toContain("<memballoon model='virtio' autodeflate='on'/>");
});

test('a device that was taken away takes what was kept for it along', () => {
  const xml = edited('running.xml', (spec) => {
    spec.disks = spec.disks?.filter(({ name }) => name !== 'hdb') ?? [];
    spec.consoles = [];
  });
  expect(xml).not.toContain('db data.qcow2');
  expect(xml).not.toContain("unit='1'");
  expect(xml).not.toContain("type='virtio' port");
  expect(xml).toContain("<address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>");
});

test('a device that was added comes after those that were there', () => {
  const xml = edited('virt-install.xml', (spec) =>
    spec.interfaces?.push({ name: 'backup', network: { name: 'lan' }, model: 'e1000' }),
  );
  expect(xml.indexOf("<source network='default'/>")).toBeLessThan(xml.indexOf("<source network='lan'/>"));
  expect(xml).toContain("<model type='e1000'/>");
});

test('a network that was changed is no longer the one that it was in libvirt', () => {
  const xml = edited('cloud.xml', (spec) => Object.assign(spec.interfaces?.[2] ?? {}, { network: { name: 'office' } }));
  expect(xml).toContain("<source network='office'/>");
  expect(xml).not.toContain('Büro Netz');
});

test('disks whose names are no targets of libvirt’s get the next free ones', () => {
  const machine = {
    apiVersion: 'vmctl.dev/v1alpha1',
    kind: 'VirtualMachine',
    metadata: { name: 'web' },
    spec: {
      memory: { size: '1Gi' },
      disks: [
        { name: 'root', disk: { name: 'web-root' } },
        { name: 'vda', disk: { name: 'web-data' } },
        { name: 'cd', device: 'cdrom' },
        { name: 'swap', blank: { size: '1Gi', pool: 'fast' }, bus: 'virtio' },
      ],
    },
  } as const satisfies Machine;
  const xml = exportDomain(machine, []);
  expect([...xml.matchAll(/<target dev='(\w+)' bus='(\w+)'\/>/g)].map(([, dev, bus]) => `${dev} ${bus}`)).toEqual([
    'vdb virtio',
    'vda virtio',
    'sda sata',
    'vdc virtio',
  ]);
  expect(xml).toContain("<source pool='default' volume='web-root'/>");
  expect(xml).toContain("<source pool='fast' volume='web-swap'/>");
});

const examples = join(import.meta.dirname, '..', '..', 'yamls', 'examples');

for (const file of readdirSync(examples).filter((name) => name.endsWith('.yaml'))) {
  const objects = parseAllDocuments(readFileSync(join(examples, file), 'utf8')).map((one) => one.toJS()) as Manifest[];
  const machines = objects.filter((one): one is Machine => one.kind === 'VirtualMachine');
  const sayable = machines.filter(({ spec }) => spec.machine?.boot?.kernel === undefined);
  if (sayable.length === 0) continue;
  test(`${file} is a machine of libvirt’s that is taken over again as it is`, () => {
    for (const machine of sayable) {
      const xml = exportDomain(machine, objects);
      const again = analyse(xml).objects;
      expect(again[0]?.metadata.name).toBe(machine.metadata.name);
      expect(infoset(parseXml(exportDomain(again[0] as Machine, again)))).toEqual(infoset(parseXml(xml)));
    }
  });
}

test('a disk that was copied is exported with the copy', () => {
  const objects = analyse(fixture('virt-install.xml'), { pool: 'default' }).objects.map((one) =>
    one.kind === 'VirtualMachineDisk' ? { ...one, status: { path: '/pool/default/web-vda.qcow2' } } : one,
  );
  expect(exportDomain(objects[0] as Machine, objects)).toContain("<source file='/pool/default/web-vda.qcow2'/>");
});

test('an image that is not given is named', () => {
  const [machine] = analyse(fixture('kernel.xml')).objects as [Machine];
  expect(() => exportDomain(machine, [])).toThrow(ExportError);
  expect(() => exportDomain(machine, [])).toThrow(/kernel-kernel.*give it too/);
});

test('an annotation that is no JSON is told, with what to do', () => {
  const { objects } = analyse(fixture('minimal.xml'));
  const [machine] = objects as [Machine];
  const broken = { ...machine, metadata: { ...machine.metadata, annotations: { 'vmctl.dev/libvirt-kept': '{' } } };
  expect(() => exportDomain(broken, objects)).toThrow(/libvirt-kept is no JSON; remove it/);
});
