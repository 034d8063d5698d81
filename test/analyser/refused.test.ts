import { expect, test } from 'vitest';
import { AnalysisError, analyse, type ImportOptions } from '../../analyser/index.ts';

const HEAD = `<domain type='kvm'>
<name>x</name>
<memory>1048576</memory>
<vcpu>2</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
`;

/** The fragment is on line 6, in <devices> where it is a device. */
const machine = (fragment: string): string => `${HEAD}${fragment}\n</domain>`;
const device = (fragment: string): string => machine(`<devices>${fragment}</devices>`);
const disk = (inside: string, attributes = "type='file' device='disk'"): string =>
  device(`<disk ${attributes}><source file='/a'/><target dev='vda' bus='virtio'/>${inside}</disk>`);
const nic = (inside: string): string => device(`<interface type='user'>${inside}</interface>`);

const refusedBy = (xml: string, options?: ImportOptions): AnalysisError => {
  try {
    analyse(xml, options);
  } catch (error) {
    if (error instanceof AnalysisError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

const D = '/domain/devices';

/** What, the document, the XPath that is refused, and what the reason says. */
const CASES: readonly (readonly [string, string, string, RegExp])[] = [
  ['an unknown element', machine('<frobnicate a="1"/>'), '/domain/frobnicate/@a', /<frobnicate> is not supported/],
  ['an unknown attribute', machine('<clock offset="utc" skew="3"/>'), '/domain/clock/@skew', /not supported/],
  ['an unknown value', machine('<clock offset="mars"/>'), '/domain/clock/@offset', /"mars".*known: utc, localtime/],
  [
    'a driver option that is not in the table',
    disk("<driver name='qemu' discard_no_unref='on'/>"),
    `${D}/disk/driver/@discard_no_unref`,
    /not supported/,
  ],
  ['an element given twice', machine('<memory>5</memory>'), '/domain/memory[2]', /more than once/],
  [
    'text where none belongs',
    machine('<features>on<acpi/></features>'),
    '/domain/features/text()',
    /text beside elements/,
  ],
  ['a domain inside a domain', machine("<domain type='kvm'/>"), '/domain/domain/@type', /<domain> is not supported/],
  ['memory that is negative', machine('').replace('1048576', '-1'), '/domain/memory', /no whole number/],
  ['memory that is fractional', machine('').replace('1048576', '1.5'), '/domain/memory', /no whole number/],
  ['memory in hexadecimal', machine('').replace('1048576', '0x100000'), '/domain/memory', /no whole number/],
  ['memory that overflows', machine('').replace('1048576', '99999999999999999999'), '/domain/memory', /not between/],
  ['memory beyond any machine', machine('').replace('1048576', '99999999999999'), '/domain/memory', /16Ti/],
  ['memory of nothing', machine('').replace('1048576', '0'), '/domain/memory', /not between/],
  ['memory that is empty', machine('').replace('1048576', ''), '/domain/memory', /no whole number/],
  [
    'a unit that does not exist',
    machine('').replace('<memory>', "<memory unit='XiB'>"),
    '/domain/memory/@unit',
    /no unit/,
  ],
  [
    'more current memory than there is',
    machine('<currentMemory>2097152</currentMemory>'),
    '/domain/currentMemory',
    /more than <memory>/,
  ],
  ['too many CPUs', machine('').replace('>2<', '>100000<'), '/domain/vcpu', /288|64/],
  ['no CPU at all', machine('').replace('>2<', '>0<'), '/domain/vcpu', /not between/],
  [
    'more CPUs now than at most',
    machine('').replace('<vcpu>', "<vcpu current='3'>"),
    '/domain/vcpu/@current',
    /more than the 2/,
  ],
  [
    'a topology of another number',
    machine("<cpu><topology sockets='1' cores='3' threads='1'/></cpu>"),
    '/domain/cpu/topology/@sockets',
    /not the 2 of <vcpu>/,
  ],
  [
    'several dies',
    machine("<cpu><topology sockets='1' dies='2' cores='1' threads='1'/></cpu>"),
    '/domain/cpu/topology/@dies',
    /known: 1/,
  ],
  ['another architecture', machine('').replace('x86_64', 'aarch64'), '/domain/os/type/@arch', /known: x86_64/],
  ['a container', machine('').replace('>hvm<', '>exe<'), '/domain/os/type', /known: hvm/],
  ['Xen', machine('').replace("'kvm'", "'xen'"), '/domain/@type', /known: kvm, qemu/],
  ['a name with a slash', machine('').replace('<name>x<', '<name>a/b<'), '/domain/name', /no name of a machine/],
  ['no name', machine('').replace('<name>x</name>', ''), '/domain/name', /is missing/],
  ['no memory', machine('').replace('<memory>1048576</memory>', ''), '/domain/memory', /is missing/],
  ['a UUID that is none', machine('<uuid>1</uuid>'), '/domain/uuid', /no UUID/],
  [
    'a firmware file of one’s own',
    machine('').replace('</os>', '<loader>/tmp/x.bin</loader></os>'),
    '/domain/os/loader',
    /firmware file/,
  ],
  ['an emulator with ..', device('<emulator>/usr/bin/../../tmp/x</emulator>'), `${D}/emulator`, /has \.\./],
  ['a path with a newline', disk('').replace("'/a'", "'/a&#10;/b'"), `${D}/disk/source/@file`, /one line/],
  ['a relative path', disk('').replace("'/a'", "'a.img'"), `${D}/disk/source/@file`, /absolute/],
  [
    'a disk without content',
    device("<disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk>"),
    `${D}/disk/@type`,
    /one of disk, image, blank/,
  ],
  [
    'a disk without target',
    device("<disk type='file'><source file='/a'/></disk>"),
    `${D}/disk/@type`,
    /<target dev> is missing/,
  ],
  [
    'one target given twice',
    device("<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>".repeat(2)),
    `${D}/disk[2]/target/@dev`,
    /"vda" is given twice/,
  ],
  [
    'a boot device given twice',
    machine('').replace('</os>', "<boot dev='hd'/><boot dev='hd'/></os>"),
    '/domain/os/boot[2]/@dev',
    /given twice/,
  ],
  [
    'a CPU feature given twice',
    machine("<cpu><feature policy='require' name='vmx'/><feature policy='disable' name='vmx'/></cpu>"),
    '/domain/cpu/feature[2]/@name',
    /given twice/,
  ],
  [
    'an overlay',
    disk("<backingStore type='file'><format type='raw'/><source file='/base'/></backingStore>"),
    `${D}/disk/backingStore/@type`,
    /flatten/,
  ],
  [
    'a disk on the network',
    device("<disk type='network'><source protocol='rbd' name='a/b'/></disk>"),
    `${D}/disk/@type`,
    /on the network/,
  ],
  [
    'a kind of disk that does not exist',
    device("<disk type='tape'/>"),
    `${D}/disk/@type`,
    /"tape" is not supported; known: file/,
  ],
  ['a shared disk', disk('<shareable/>'), `${D}/disk/shareable`, /not supported/],
  ['a serial number that qemu cannot show', disk('<serial>a b</serial>'), `${D}/disk/serial`, /"a b"/],
  [
    'bursts',
    disk('<iotune><read_bytes_sec_max>1</read_bytes_sec_max></iotune>'),
    `${D}/disk/iotune/read_bytes_sec_max`,
    /not supported/,
  ],
  [
    'macvtap',
    device("<interface type='direct'><source dev='eth0' mode='bridge'/></interface>"),
    `${D}/interface/@type`,
    /type direct are not supported/,
  ],
  ['a kind of interface that does not exist', device("<interface type='pigeon'/>"), `${D}/interface/@type`, /"pigeon"/],
  [
    'a network without a name',
    device("<interface type='network'/>"),
    `${D}/interface/@type`,
    /<source network> is missing/,
  ],
  ['a MAC address that is none', nic("<mac address='52:54:00'/>"), `${D}/interface/mac/@address`, /no MAC address/],
  ['a card that is not there', nic("<model type='ne2k_pci'/>"), `${D}/interface/model/@type`, /known: virtio/],
  ['an MTU beyond any', nic("<mtu size='70000'/>"), `${D}/interface/mtu/@size`, /65535/],
  [
    'a PCI slot beyond the bus',
    nic("<address type='pci' slot='0x20'/>"),
    `${D}/interface/address/@slot`,
    /greater than 0x1f/,
  ],
  [
    'a SCSI controller that guests need a driver for',
    device("<controller type='scsi' model='lsilogic'/>"),
    `${D}/controller/@model`,
    /known: virtio-scsi/,
  ],
  [
    'a serial port on TCP',
    device("<serial type='tcp'><source mode='bind' host='0' service='1'/></serial>"),
    `${D}/serial/@type`,
    /"tcp" is not supported; known: pty, file/,
  ],
  [
    'a VNC password',
    device("<graphics type='vnc' passwd='secret'/>"),
    `${D}/graphics/@passwd`,
    /can be read by everybody/,
  ],
  [
    'the TPM of the host',
    device("<tpm model='tpm-tis'><backend type='passthrough'/></tpm>"),
    `${D}/tpm/backend/@type`,
    /own TPM/,
  ],
  [
    'a USB device by its address',
    device("<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>"),
    `${D}/hostdev/source/address/@bus`,
    /vendor and product/,
  ],
  [
    'a device that nothing names',
    device("<hostdev mode='subsystem' type='pci' managed='yes'/>"),
    `${D}/hostdev/@mode`,
    /does not say which device/,
  ],
  [
    'restart after power-off alone',
    machine('<on_poweroff>restart</on_poweroff>'),
    '/domain/on_poweroff',
    /restarts after a crash too/,
  ],
  [
    'a dump at a crash',
    machine('<on_crash>coredump-destroy</on_crash>'),
    '/domain/on_crash',
    /known: destroy, restart/,
  ],
  [
    'a command line of one’s own',
    machine(
      "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-S'/></qemu:commandline>",
    ),
    '/domain/qemu:commandline/qemu:arg/@value',
    /not supported/,
  ],
  [
    'a fixed security label',
    machine("<seclabel type='static' model='dac'><label>0:0</label></seclabel>"),
    '/domain/seclabel/@type',
    /fixed security labels/,
  ],
  [
    'nodes of the host without cells',
    machine("<numatune><memory mode='strict' nodeset='0'/></numatune>"),
    '/domain/numatune/memory/@mode',
    /there are none/,
  ],
  ['a board that is neither', machine('').replace('q35', 'isapc'), '/domain/os/type/@machine', /families pc and q35/],
  [
    'two devices at one PCI address',
    device(
      "<watchdog model='i6300esb' action='reset'><address type='pci' slot='5'/></watchdog><vsock model='virtio'><cid auto='yes'/><address type='pci' bus='0x00' slot='0x05' function='0x0'/></vsock>",
    ),
    `${D}/vsock/address/@type`,
    /0000:00:05.0, which is taken/,
  ],
  [
    'a device in the place of the chipset',
    device("<memballoon model='virtio'><address type='pci' slot='0x1f' function='2'/></memballoon>"),
    `${D}/memballoon/address/@type`,
    /which is taken/,
  ],
  [
    'the root of another board',
    device("<controller type='pci' index='0' model='pci-root'/>"),
    `${D}/controller/@model`,
    /pcie-root is/,
  ],
  [
    'a root with an address',
    device("<controller type='pci' index='0' model='pcie-root'><address type='pci' slot='1'/></controller>"),
    `${D}/controller/address/@type`,
    /which has none/,
  ],
  [
    'a root that is not the first',
    device("<controller type='pci' index='1' model='pcie-root'/>"),
    `${D}/controller/@index`,
    /must be 0/,
  ],
  [
    'two PCI controllers of one index',
    device(
      "<controller type='pci' index='1' model='pcie-root-port'/><controller type='pci' index='1' model='pcie-root-port'/>",
    ),
    `${D}/controller[2]/@index`,
    /two PCI controllers/,
  ],
  [
    'boot order in both ways',
    disk("<boot order='1'/>").replace('</os>', "<boot dev='hd'/></os>"),
    `${D}/disk/boot/@order`,
    /use one of the two/,
  ],
  [
    'two devices of one place in the boot order',
    device(
      "<disk type='file'><source file='/a'/><target dev='vda'/><boot order='1'/></disk><interface type='user'><boot order='1'/></interface>",
    ),
    `${D}/interface/boot/@order`,
    /place of two devices/,
  ],
  [
    'a loader without a file',
    machine('').replace('</os>', "<loader readonly='yes' type='pflash'/></os>"),
    '/domain/os/loader/@readonly',
    /names no file/,
  ],
  [
    'variables of a BIOS',
    machine('').replace('<os>', "<os firmware='bios'>").replace('</os>', '<nvram>/v.fd</nvram></os>'),
    '/domain/os/nvram',
    /keeps no variables/,
  ],
  [
    'secure boot without UEFI',
    machine('').replace('<os>', "<os firmware='bios'>").replace('</os>', "<loader secure='yes'/></os>"),
    '/domain/os/@firmware',
    /secure boot needs UEFI/,
  ],
  [
    'an address of another bus',
    disk("<address type='drive' unit='1'/>"),
    `${D}/disk/address/@type`,
    /no address of the bus virtio/,
  ],
  [
    'two disks in one place',
    device(
      "<disk type='file'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' unit='1'/></disk><disk type='file'><source file='/b'/><target dev='sdb' bus='sata'/><address type='drive' controller='0' unit='1'/></disk>",
    ),
    `${D}/disk[2]/address/@type`,
    /place of two disks/,
  ],
  [
    'an empty USB drive',
    device("<disk type='file' device='cdrom'><target dev='sda' bus='usb'/></disk>"),
    `${D}/disk/target/@bus`,
    /cannot be empty/,
  ],
  [
    'a device of the host given twice',
    device(
      "<hostdev mode='subsystem' type='usb' managed='yes'><source><vendor id='0x1'/><product id='0x2'/></source></hostdev><hostdev mode='subsystem' type='usb' managed='yes'><source><product id='0x0002'/><vendor id='0x0001'/></source></hostdev>",
    ),
    `${D}/hostdev[2]/@mode`,
    /twice/,
  ],
  [
    'a card beside none',
    device("<video><model type='none'/></video><video><model type='vga'/></video>"),
    `${D}/video[1]/model/@type`,
    /only graphics card/,
  ],
  [
    'USB that is switched off',
    device("<controller type='usb' model='none'/><input type='tablet' bus='usb'/>"),
    `${D}/input/@type`,
    /switches off/,
  ],
  [
    'two devices in one USB port',
    device(
      "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input><input type='mouse' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    ),
    `${D}/input[2]/address/@type`,
    /bus 0 port 1, which is taken/,
  ],
  [
    'two UUIDs',
    machine(
      "<uuid>850724a4-029c-457b-a99d-3a18e8e413db</uuid><sysinfo type='smbios'><system><entry name='uuid'>c2177883-f1bb-47f0-914d-32a22e3a8804</entry></system></sysinfo>",
    ).replace('</os>', "<smbios mode='sysinfo'/></os>"),
    '/domain/uuid',
    /without loss/,
  ],
];

for (const [what, xml, xpath, reason] of CASES) {
  test(`${what} is refused at its place`, () => {
    const { refused } = refusedBy(xml);
    const found = refused.find((leaf) => leaf.xpath === xpath);
    expect(found, refused.map((leaf) => `${leaf.xpath}: ${leaf.reason}`).join('\n')).toBeDefined();
    expect(found?.reason).toMatch(reason);
    const [step = ''] = /[\w-]+(?=(\[\d+\])?(\/text\(\))?$)/.exec(xpath) ?? [];
    if (found?.reason !== 'is missing') expect(xml.split('\n')[(found?.line ?? 0) - 1]).toContain(step);
  });
}

test('every fault is told, not only the first', () => {
  const { refused, message } = refusedBy(
    machine("<clock offset='mars'/><pm><nap/></pm><devices><emulator>x</emulator></devices>"),
  );
  expect(refused.map(({ xpath }) => xpath)).toEqual([
    '/domain/clock/@offset',
    '/domain/pm/nap',
    '/domain/devices/emulator',
  ]);
  expect(message.split('\n')).toHaveLength(3);
});

test('the message names the file, the line and the XPath', () => {
  expect(refusedBy(machine("<clock offset='mars'/>"), { source: 'web.xml' }).message).toBe(
    'web.xml:6: /domain/clock/@offset: "mars" is not supported; known: utc, localtime',
  );
});

test('an element that is refused whole is named once', () => {
  const { message, refused } = refusedBy(device("<disk type='nvme'><source namespace='1'/><target dev='vda'/></disk>"));
  expect(refused).toHaveLength(3);
  expect(message.split('\n')).toHaveLength(1);
});

test('another root than a domain is refused with every leaf', () => {
  const { refused } = refusedBy('<network>\n<name>default</name><bridge name="virbr0"/></network>');
  expect(refused.map(({ xpath }) => xpath)).toEqual(['/network/name', '/network/bridge/@name']);
  expect(refused[0]?.reason).toMatch(/no <domain>/);
});

test('the report of a refusal has the accepted leaves too', () => {
  const { report } = refusedBy(machine("<clock offset='mars'/>"));
  expect(report.find(({ xpath }) => xpath === '/domain/name')?.outcome).toBe('imported');
});
