import { expect, test } from 'vitest';
import { exportDomain } from '../../analyser/export.ts';
import { AnalysisError, analyse, type ImportOptions, type Manifest } from '../../analyser/index.ts';
import { kubernetesName } from '../../analyser/objects/names.ts';
import { parseXml } from '../../analyser/xml/parse.ts';
import { FIXTURES, samples } from './corpus.ts';
import { infoset } from './infoset.ts';

const fixture = (name: string): string => samples(FIXTURES).find((one) => one.name === name)?.xml ?? '';
const machineOf = (objects: readonly Manifest[]) => objects[0] as Manifest<'VirtualMachine'>;
const roundTrip = (xml: string, options: ImportOptions): void => {
  const { objects } = analyse(xml, options);
  expect(infoset(parseXml(exportDomain(machineOf(objects), objects)))).toEqual(infoset(parseXml(xml)));
};

test('a name and a namespace of one’s own', () => {
  const { objects } = analyse(fixture('virt-install.xml'), { name: 'shop', namespace: 'team-a', pool: 'default' });
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'}/${metadata.name}`)).toEqual([
    'VirtualMachine team-a/shop',
    'VirtualMachineImage team-a/shop-vda',
    'VirtualMachineDisk team-a/shop-vda',
    'VirtualMachineImage team-a/shop-sda',
  ]);
  roundTrip(fixture('virt-install.xml'), { name: 'shop' });
});

test('a pool for what is made', () => {
  const { objects } = analyse(fixture('virt-install.xml'), { pool: 'fast' });
  expect(objects.slice(1).map(({ spec }) => (spec as { pool?: string }).pool)).toEqual(['fast', 'fast', 'fast']);
});

test('networks, bridges and user networks are mapped by their name in libvirt', () => {
  const { objects } = analyse(fixture('cloud.xml'), {
    networks: { 'br-int': 'tenants', br0: 'lan', 'Büro Netz': 'office' },
  });
  expect(machineOf(objects).spec.interfaces?.map(({ network }) => network?.name)).toEqual(['tenants', 'lan', 'office']);
  expect(objects.filter(({ kind }) => kind === 'VirtualMachineNetwork')).toEqual([]);
  roundTrip(fixture('cloud.xml'), { networks: { 'br-int': 'tenants', br0: 'lan', 'Büro Netz': 'office' } });
});

test('a network and a bridge of one name stay two', () => {
  const xml = fixture('cloud.xml').replace('Büro Netz', 'br0');
  const { objects } = analyse(xml);
  expect(machineOf(objects).spec.interfaces?.map(({ network }) => network?.name)).toEqual([
    'br-int',
    'br0',
    'br0-network',
  ]);
  roundTrip(xml, {});
});

test('what is not supported can be kept for export, without effect', () => {
  const xml = fixture('minimal.xml').replace(
    '</os>',
    "</os><nonsense/><devices><memballoon model='virtio'><stats period='1'/></memballoon><smartcard mode='abacus'/></devices>",
  );
  expect(() => analyse(xml)).toThrow(AnalysisError);
  const { report } = analyse(xml, { keepUnsupported: true });
  expect(report.find(({ xpath }) => xpath === '/domain/nonsense')).toMatchObject({
    outcome: 'ignored',
    reason: expect.stringMatching(/without effect/),
  });
  roundTrip(xml, { keepUnsupported: true });
});

test('what is wrong is refused even so', () => {
  const xml = fixture('minimal.xml').replace('524288', '-1');
  expect(() => analyse(xml, { keepUnsupported: true })).toThrow(AnalysisError);
});

test('a name of Kubernetes is left alone, any other is mapped to one of its own', () => {
  const names = ['web', 'Web', 'wEb', 'a.b', 'ü', '-', 'x'.repeat(64), `${'x'.repeat(64)}y`, '__proto__', 'a b'];
  const mapped = names.map(kubernetesName);
  expect(mapped[0]).toBe('web');
  expect(new Set(mapped).size).toBe(names.length);
  for (const name of mapped) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
});

test('a machine is taken over stopped', () => {
  expect(machineOf(analyse(fixture('minimal.xml')).objects).spec.powerState).toBe('Stopped');
});

test('an interface on a device of the host is taken over once a person says which network is meant', () => {
  const interfaces = `<devices>
    <interface type='direct'><source dev='eth0' mode='bridge'/><mac address='52:54:00:84:a8:fa'/><model type='virtio'/></interface>
    <interface type='ethernet'><target dev='tap9' managed='no'/><model type='virtio'/></interface>
  </devices></domain>`;
  const xml = fixture('minimal.xml').replace('</domain>', interfaces);
  expect(machineOf(analyse(xml).objects).spec.interfaces?.map(({ connection }) => connection)).toEqual([
    { direct: { device: 'eth0', mode: 'bridge' } },
    { tap: { device: 'tap9', managed: false } },
  ]);
  const networks = { eth0: 'lan', tap9: 'lab' };
  expect(machineOf(analyse(xml, { networks }).objects).spec.interfaces?.map(({ network }) => network?.name)).toEqual([
    'lan',
    'lab',
  ]);
  roundTrip(xml, { networks });
});
