import { expect, test } from 'vitest';
import { contradictions } from '../../../analyser/checks/index.ts';
import { parseXml } from '../../../analyser/xml/parse.ts';

const machine = (inside: string, { type = 'q35', domain = 'kvm', os = '', firmware = '' } = {}): string =>
  `<domain type='${domain}'><name>web</name><memory>1048576</memory><os${firmware}><type machine='${type}'>hvm</type>${os}</os>${inside}</domain>`;
const devices = (inside: string, type = 'q35', frame = ''): string =>
  machine(`${frame}<devices>${inside}</devices>`, { type });

const ACPI = '<features><acpi/></features>';
const SMM = "<features><acpi/><smm state='on'/></features>";
const FLASH = "<loader readonly='yes' type='pflash'>/l</loader>";
const SECURE = "<loader readonly='yes' secure='yes' type='pflash'>/l</loader>";
const EFI = { firmware: " firmware='efi'" };
const SHARED = "<memoryBacking><access mode='shared'/></memoryBacking>";
const TAG = "<source dir='/a'/><target dir='b'/>";
const VIRTIOFS = `<filesystem type='mount'><driver type='virtiofs'/>${TAG}</filesystem>`;
const CARD = "<interface type='vhostuser'><model type='virtio'/></interface>";

/** What is wrong, the XML, where it is told; then the same without the fault. libvirt 11.3 was asked about each. */
const CASES: readonly (readonly [string, string, string, string])[] = [
  ['UEFI without ACPI', machine('', { os: FLASH }), '/domain/os', machine(ACPI, { os: FLASH })],
  ['UEFI that is looked for, without ACPI', machine('', EFI), '/domain/os', machine(ACPI, EFI)],
  [
    'secure boot without system management mode',
    machine(ACPI, { os: SECURE }),
    '/domain/os/loader/@secure',
    machine(SMM, { os: SECURE }),
  ],
  [
    'variables of no firmware',
    machine(ACPI, { os: "<nvram template='/t'/>" }),
    '/domain/os/nvram',
    machine(ACPI, { ...EFI, os: "<nvram template='/t'/>" }),
  ],
  [
    'nodes that nobody names',
    machine("<numatune><memory mode='strict'/></numatune>"),
    '/domain/numatune/memory',
    machine("<numatune><memory mode='strict' placement='auto'/></numatune>"),
  ],
  [
    'the host’s processor where there is none to give',
    machine("<cpu mode='host-passthrough'/>", { domain: 'qemu' }),
    '/domain/cpu/@mode',
    machine("<cpu mode='host-passthrough'/>"),
  ],
  [
    'the emulator’s cache under KVM',
    machine('<features><tcg/></features>'),
    '/domain/features/tcg',
    machine('<features><tcg/></features>', { domain: 'qemu' }),
  ],
  [
    'firmware on a serial port that is missing',
    machine('', { os: "<bios useserial='yes'/>" }),
    '/domain/os/bios/@useserial',
    machine("<devices><serial type='pty'/></devices>", { os: "<bios useserial='yes'/>" }),
  ],
  [
    'an end under another name',
    machine('<on_crash>rename-restart</on_crash>'),
    '/domain/on_crash',
    machine('<on_crash>preserve</on_crash>'),
  ],
  [
    'an ISA watchdog on q35',
    devices("<watchdog model='ib700'/>"),
    '/domain/devices/watchdog/@model',
    devices("<watchdog model='ib700'/>", 'pc'),
  ],
  [
    'a chipset’s watchdog on pc',
    devices("<watchdog model='itco'/>", 'pc'),
    '/domain/devices/watchdog/@model',
    devices("<watchdog model='itco'/>"),
  ],
  [
    'an IOMMU of virtio on pc',
    devices("<iommu model='virtio'/>", 'pc'),
    '/domain/devices/iommu/@model',
    devices("<iommu model='virtio'/>"),
  ],
  [
    'an old TPM behind a new interface',
    devices("<tpm model='tpm-crb'><backend type='emulator' version='1.2'/></tpm>"),
    '/domain/devices/tpm/backend/@version',
    devices("<tpm model='tpm-tis'><backend type='emulator' version='1.2'/></tpm>"),
  ],
  [
    'a second IDE controller',
    devices("<controller type='ide' index='1'/>", 'pc'),
    '/domain/devices/controller/@index',
    devices("<controller type='ide' index='0'/>", 'pc'),
  ],
  [
    'SPICE audio without SPICE',
    devices("<audio id='1' type='spice'/>"),
    '/domain/devices/audio/@type',
    devices("<audio id='1' type='spice'/><graphics type='spice'/>"),
  ],
  [
    'an agent’s channel under another name',
    devices("<channel type='spicevmc'><target type='virtio' name='a'/></channel>"),
    '/domain/devices/channel/target/@name',
    devices("<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>"),
  ],
  [
    'a shared folder without shared memory',
    devices(VIRTIOFS),
    '/domain/devices/filesystem/driver/@type',
    devices(VIRTIOFS, 'q35', SHARED),
  ],
  [
    'a card served without shared memory',
    devices(CARD),
    '/domain/devices/interface/@type',
    devices(CARD, 'q35', SHARED),
  ],
];

const placesOf = (xml: string): string[] =>
  contradictions(parseXml(xml)).map((fault) => ('xpath' in fault ? fault.xpath : fault.field));

for (const [what, bad, xpath, good] of CASES) {
  test(`${what}: refused at its place, and only there`, () => {
    expect(placesOf(bad)).toEqual([xpath]);
    expect(placesOf(good)).toEqual([]);
  });
}
