import { expect, test } from 'vitest';
import { exportObject } from '../../analyser/export.ts';
import { analyse, type Manifest } from '../../analyser/index.ts';
import { parseXml } from '../../analyser/xml/parse.ts';
import { commandFor } from '../../cli/chunks/showcmd.ts';
import { lookupIn } from '../../cli/showcmd/lookup.ts';
import { infoset } from './infoset.ts';

const machine = (inside: string, { type = 'pc', os = '', frame = '' } = {}): string =>
  `<domain type='qemu'><name>web</name><memory unit='KiB'>1048576</memory>${frame}<os${os.startsWith(' ') ? os : ''}>` +
  `<type arch='x86_64' machine='${type}'>hvm</type>${os.startsWith(' ') ? '' : os}</os><features><acpi/></features>` +
  `<devices>${inside}</devices></domain>`;

/** The XML comes back as it was, and this is what starts. */
function commandOf(xml: string): string[] {
  const { objects } = analyse(xml);
  const [first] = objects as readonly [Manifest<'VirtualMachine'>];
  expect(infoset(parseXml(exportObject(first, objects)))).toEqual(infoset(parseXml(xml)));
  return commandFor(first as never, lookupIn(objects), '/run/vmctl');
}

const argumentOf = (command: readonly string[], option: string): string => command[command.indexOf(option) + 1] ?? '';
const device = (command: readonly string[], driver: string): Record<string, unknown> =>
  JSON.parse(command.find((word) => word.startsWith(`{"driver":"${driver}"`)) ?? '{}');

test('memory that numad places is bound to the nodes of the host, with its policy', () => {
  const auto = machine('', { frame: "<numatune><memory mode='interleave' placement='auto'/></numatune>" });
  expect(commandOf(auto).join(' ')).toContain('"host-nodes":[0],"policy":"interleave"');
  const byCpus = machine('', { frame: "<vcpu placement='auto'>2</vcpu>" });
  expect(commandOf(byCpus).join(' ')).toContain('"host-nodes":[0],"policy":"bind"');
  expect(commandOf(machine('')).join(' ')).not.toContain('host-nodes');
});

test('a set of CPUs with exclusions is written out, and comes back as it was', () => {
  const pinned = machine('', { frame: "<vcpu>1</vcpu><cputune><vcpupin vcpu='0' cpuset='0-3,^2'/></cputune>" });
  const { objects } = analyse(pinned);
  expect((objects[0] as Manifest<'VirtualMachine'>).spec.cpu?.pinning).toEqual([{ vcpu: 0, cpuset: '0-1,3' }]);
  commandOf(pinned);
});

test('firmware that is written to is one chip of the machine’s own', () => {
  const command = commandOf(machine('', { os: "<loader type='pflash' readonly='no'>/fw/both.fd</loader>" }));
  expect(argumentOf(command, '-machine')).toMatch(/pflash0=/);
  expect(argumentOf(command, '-machine')).not.toMatch(/pflash1=/);
  expect(command.join(' ')).toContain('/variables.fd');
  expect(command.join(' ')).not.toContain('/fw/both.fd');
});

test('firmware is chosen by the format that is asked for', () => {
  const os = "<loader format='qcow2'/>";
  const xml = machine('', { type: 'q35', os }).replace('<os>', "<os firmware='efi'>");
  expect(commandOf(xml).join(' ')).toContain('OVMF_CODE_4M.secboot.qcow2');
});

test('a clock that is set forward shows a date, one that is not the time of the host', () => {
  const set = "<clock offset='variable' adjustment='3600' basis='utc'/>";
  expect(argumentOf(commandOf(machine('', { frame: set })), '-rtc')).toMatch(/^base=\d{4}-\d\d-\d\dT/);
  expect(argumentOf(commandOf(machine('', { frame: "<clock offset='utc'/>" })), '-rtc')).toBe('base=utc');
});

test('parts of the board are on its own bus', () => {
  const command = commandOf(machine("<iommu model='virtio'/><panic model='pvpanic'/>", { type: 'q35' }));
  expect(device(command, 'virtio-iommu').bus).toBe('pcie.0');
  expect(device(command, 'pvpanic-pci').bus).toBe('pcie.0');
  expect(command.join(' ')).not.toContain('pcie-pci-bridge');
});

test('a seventh disk of SATA is on a second controller', () => {
  const disk = (letter: string): string =>
    `<disk type='file'><driver name='qemu' type='raw'/><source file='/${letter}.img'/><target dev='sd${letter}' bus='sata'/></disk>`;
  const command = commandOf(machine([...'abcdefg'].map(disk).join(''), { type: 'q35' }));
  expect(device(command, 'ahci').id).toBe('sata1');
  expect(command.join(' ')).toContain('"bus":"sata1.0"');
});

test('a disk that others write to is not in the cache of the host, unless it is said to be', () => {
  const disk = (cache: string): string =>
    `<disk type='file'><driver name='qemu' type='raw'${cache}/><source file='/a.img'/><target dev='vda' bus='virtio'/><shareable/></disk>`;
  expect(commandOf(machine(disk(''))).join(' ')).toContain('"direct":true');
  expect(commandOf(machine(disk(" cache='writeback'"))).join(' ')).not.toContain('"direct":true');
});

test('a console without a port takes one that channels leave free', () => {
  const command = commandOf(
    machine(
      "<channel type='pty'><target type='virtio' name='a'/></channel><console type='pty'><target type='virtio' port='0'/></console>",
    ),
  );
  const [channel, consoles] = ['virtserialport', 'virtconsole'].map((driver) =>
    command.findIndex((word) => word.startsWith(`{"driver":"${driver}"`)),
  );
  expect(channel).toBeLessThan(consoles ?? -1);
  expect(device(command, 'virtconsole').nr).toBeUndefined();
});

test('other switches of libvirt’s reach qemu', () => {
  const root = "<controller type='pci' index='0' model='pci-root'><target hotplug='off'/></controller>";
  expect(commandOf(machine(root))).toContain('PIIX4_PM.acpi-root-pci-hotplug=off');
  expect(argumentOf(commandOf(machine("<sound model='pcspk'/>")), '-machine')).toContain('pcspk-audiodev=audio1');
  const sockets = "<graphics type='vnc' port='-1' autoport='yes' websocket='-1'/>";
  expect(argumentOf(commandOf(machine(sockets)), '-vnc')).toContain('websocket=5700');
  expect(argumentOf(commandOf(machine("<graphics type='vnc'><listen type='none'/></graphics>")), '-vnc')).toMatch(
    /^none\b/,
  );
});

test('what other programs wrote comes back with its white space', () => {
  const notes = "<metadata><a:b xmlns:a='urn:x'>t<a:d/></a:b></metadata>";
  const { objects } = analyse(machine('', { frame: notes }));
  expect(exportObject(objects[0] as Manifest, objects)).toContain(notes);
});
