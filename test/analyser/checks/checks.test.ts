import { expect, test } from 'vitest';
import { contradictions } from '../../../analyser/checks/index.ts';
import { parseXml } from '../../../analyser/xml/parse.ts';

/** A machine that says nothing wrong, with more in its frame or among its devices. */
const machine = (inside: string, type = 'q35'): string =>
  `<domain type='kvm'><name>web</name><memory>1048576</memory><os><type machine='${type}'>hvm</type></os>${inside}</domain>`;
const devices = (inside: string, type?: string): string => machine(`<devices>${inside}</devices>`, type);
const disk = (inside: string, attributes = "type='file'", target = "dev='vda' bus='virtio'"): string =>
  devices(`<disk ${attributes}>${inside}<target ${target}/></disk>`);
const os = (inside: string, attributes = ''): string =>
  `<domain><name>web</name><memory>1</memory><os${attributes}><type machine='q35'>hvm</type>${inside}</os><features><acpi/></features></domain>`;

const LUKS = "<encryption format='luks'><secret type='passphrase' usage='a'/></encryption>";
const SCSI = "dev='sda' bus='scsi'";
const PLACE = "<address type='drive' controller='0' bus='0' target='0' unit='1'/>";
const CHANNEL = (name: string, port: number): string =>
  `<channel type='unix'><target type='virtio' name='${name}'/><address type='virtio-serial' controller='0' bus='0' port='${port}'/></channel>`;

/** What is wrong, the XML, where it is told; then the same without the fault. */
const CASES: readonly (readonly [string, string, string, string])[] = [
  [
    'two disks with one target',
    devices("<disk><target dev='vda'/></disk><disk><target dev='vda'/></disk>"),
    '/domain/devices/disk[2]/target/@dev',
    devices("<disk><target dev='vda'/></disk><disk><target dev='vdb'/></disk>"),
  ],
  [
    'a world-wide name on virtio',
    disk('<wwn>5000c50015ea71ac</wwn>'),
    '/domain/devices/disk/wwn',
    disk('<wwn>5000c50015ea71ac</wwn>', "type='file'", SCSI),
  ],
  [
    'a removable disk that is not on USB',
    disk('', "type='file'", "dev='vda' bus='virtio' removable='on'"),
    '/domain/devices/disk/target/@removable',
    disk('<source/>', "type='file'", "dev='sda' bus='usb' removable='on'"),
  ],
  [
    'a LUN out of a file',
    disk('', "type='file' device='lun'", SCSI),
    '/domain/devices/disk/@device',
    disk('', "type='block' device='lun'", SCSI),
  ],
  [
    'limits in total and each way',
    disk('<iotune><total_bytes_sec>5</total_bytes_sec><read_bytes_sec>4</read_bytes_sec></iotune>'),
    '/domain/devices/disk/iotune/total_bytes_sec',
    disk('<iotune><total_bytes_sec>5</total_bytes_sec><read_iops_sec>4</read_iops_sec></iotune>'),
  ],
  [
    'filters beside limits',
    disk(
      "<iotune><total_bytes_sec>5</total_bytes_sec></iotune><throttlefilters><throttlefilter group='a'/></throttlefilters>",
    ),
    '/domain/devices/disk/throttlefilters',
    disk("<throttlefilters><throttlefilter group='a'/></throttlefilters>"),
  ],
  [
    'an encrypted VMDK',
    disk(`<driver name='qemu' type='vmdk'/>${LUKS}`),
    '/domain/devices/disk/driver/@type',
    disk(`<driver name='qemu' type='qcow2'/>${LUKS}`),
  ],
  [
    'encryption said twice',
    disk(`<source file='/a'>${LUKS}</source>${LUKS}`),
    '/domain/devices/disk/encryption',
    disk(`<source file='/a'>${LUKS}</source>`),
  ],
  [
    'a secret of iSCSI for Ceph',
    disk(
      "<source protocol='rbd' name='p/i'><auth username='u'><secret type='iscsi'/></auth></source>",
      "type='network'",
    ),
    '/domain/devices/disk/source/auth/secret/@type',
    disk(
      "<source protocol='rbd' name='p/i'><auth username='u'><secret type='ceph'/></auth></source>",
      "type='network'",
    ),
  ],
  [
    'a server without a name',
    disk("<source protocol='nbd'><host port='1'/></source>", "type='network'"),
    '/domain/devices/disk/source/host',
    disk("<source protocol='nbd'><host name='a'/></source>", "type='network'"),
  ],
  [
    'a disk and a host device in one place',
    devices(`<disk type='file'><target ${SCSI}/>${PLACE}</disk><hostdev type='scsi'>${PLACE}</hostdev>`),
    '/domain/devices/hostdev/address',
    devices(`<disk type='file'><target dev='sda' bus='sata'/>${PLACE}</disk><hostdev type='scsi'>${PLACE}</hostdev>`),
  ],
  [
    'a second channel of SCSI',
    devices("<disk><target dev='sda' bus='scsi'/><address type='drive' bus='1' unit='1'/></disk>"),
    '/domain/devices/disk/address/@bus',
    devices("<disk><target dev='sda' bus='scsi'/><address type='drive' bus='0' unit='1'/></disk>"),
  ],
  [
    'no memory',
    '<domain><name>web</name></domain>',
    '/domain/memory',
    '<domain><name>web</name><memory>1</memory></domain>',
  ],
  [
    'a name of two lines',
    '<domain><name>a\nb</name><memory>1</memory></domain>',
    '/domain/name',
    '<domain><name>a b</name><memory>1</memory></domain>',
  ],
  [
    'a menu that waits too long',
    os("<bootmenu enable='yes' timeout='65536'/>"),
    '/domain/os/bootmenu/@timeout',
    os("<bootmenu enable='yes' timeout='65535'/>"),
  ],
  [
    'variables of a BIOS',
    os('<nvram>/v</nvram>', " firmware='bios'"),
    '/domain/os/nvram',
    os('<nvram>/v</nvram>', " firmware='efi'"),
  ],
  [
    'variables of a ROM',
    os("<loader type='rom'>/l</loader><nvram>/v</nvram>"),
    '/domain/os/nvram',
    os("<loader type='pflash'>/l</loader><nvram>/v</nvram>"),
  ],
  [
    'variables of a loader without state',
    os("<loader type='pflash' stateless='yes'>/l</loader><nvram template='/t'/>"),
    '/domain/os/nvram',
    os("<loader type='pflash' stateless='no'>/l</loader><nvram template='/t'/>"),
  ],
  [
    'more CPUs at the start than there are',
    machine("<vcpu current='3'>2</vcpu>"),
    '/domain/vcpu/@current',
    machine("<vcpu current='2'>2</vcpu>"),
  ],
  [
    'a CPU that is pinned twice',
    machine("<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='0' cpuset='2'/></cputune>"),
    '/domain/cputune/vcpupin[2]/@vcpu',
    machine("<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='1' cpuset='1'/></cputune>"),
  ],
  [
    'a CPU in two cells',
    machine("<cpu><numa><cell id='0' cpus='0-1'/><cell id='1' cpus='1-3'/></numa></cpu>"),
    '/domain/cpu/numa/cell[2]/@cpus',
    machine("<cpu><numa><cell id='0' cpus='0-3,^1'/><cell id='1' cpus='1'/></numa></cpu>"),
  ],
  [
    'an emulated cache of level 2',
    machine("<cpu mode='host-passthrough'><cache level='2' mode='emulate'/></cpu>"),
    '/domain/cpu/cache/@level',
    machine("<cpu mode='host-passthrough'><cache level='3' mode='emulate'/></cpu>"),
  ],
  [
    'two sizes of pages for all of the memory',
    machine("<memoryBacking><hugepages><page size='1'/><page size='2' nodeset='0'/></hugepages></memoryBacking>"),
    '/domain/memoryBacking/hugepages/page[2]/@size',
    machine("<memoryBacking><hugepages><page size='1'/><page size='2' nodeset='1'/></hugepages></memoryBacking>"),
  ],
  [
    'TSEG without q35',
    machine('<features><smm><tseg>48</tseg></smm></features>', 'pc'),
    '/domain/features/smm/tseg',
    machine('<features><smm><tseg>48</tseg></smm></features>'),
  ],
  [
    'a spin that is too short',
    machine("<features><hyperv><spinlocks state='on' retries='4094'/></hyperv></features>"),
    '/domain/features/hyperv/spinlocks/@retries',
    machine("<features><hyperv><spinlocks state='on' retries='4095'/></hyperv></features>"),
  ],
  [
    'labels without models',
    machine("<seclabel type='dynamic' model='dac'/><seclabel type='dynamic'/>"),
    '/domain/seclabel[2]',
    machine("<seclabel type='dynamic' model='dac'/><seclabel type='dynamic' model='selinux'/>"),
  ],
  [
    'a multicast address',
    devices("<interface type='user'><mac address='53:54:00:00:00:01'/></interface>"),
    '/domain/devices/interface/mac/@address',
    devices("<interface type='user'><mac address='52:54:00:00:00:01'/></interface>"),
  ],
  [
    'forwards without passt',
    devices("<interface type='user'><portForward proto='tcp'/></interface>"),
    '/domain/devices/interface/portForward',
    devices("<interface type='user'><backend type='passt'/><portForward proto='tcp'/></interface>"),
  ],
  [
    'two VNC screens',
    devices("<graphics type='vnc'/><graphics type='vnc'/>"),
    '/domain/devices/graphics[2]/@type',
    devices("<graphics type='vnc'/><graphics type='spice'/>"),
  ],
  [
    'a second VGA',
    devices("<video><model type='qxl' primary='yes'/></video><video><model type='vga'/></video>"),
    '/domain/devices/video[2]/model/@type',
    devices("<video><model type='vga' primary='yes'/></video><video><model type='qxl'/></video>"),
  ],
  [
    'a serial port to nowhere',
    devices("<serial type='tcp'><source mode='connect' host='a'/></serial>"),
    '/domain/devices/serial/source',
    devices("<serial type='tcp'><source mode='connect' host='a' service='1'/></serial>"),
  ],
  [
    'two channels on one port',
    devices(CHANNEL('a', 1) + CHANNEL('b', 1)),
    '/domain/devices/channel[2]/address',
    devices(CHANNEL('a', 1) + CHANNEL('b', 2)),
  ],
  [
    'two controllers of one number',
    devices("<controller type='scsi' index='0'/><controller type='scsi' index='0'/>"),
    '/domain/devices/controller[2]/@index',
    devices("<controller type='scsi' index='0'/><controller type='sata' index='0'/>"),
  ],
  ['two TPMs', devices('<tpm/><tpm/>'), '/domain/devices/tpm[2]', devices('<tpm/>')],
  [
    'an IOMMU of Intel without q35',
    devices("<iommu model='intel'/>", 'pc'),
    '/domain/devices/iommu/@model',
    devices("<iommu model='intel'/>"),
  ],
  [
    'sgio of a PCI device',
    devices("<hostdev type='pci' sgio='filtered'/>"),
    '/domain/devices/hostdev/@sgio',
    devices("<hostdev type='scsi' sgio='filtered'/>"),
  ],
  [
    'a display without a screen',
    devices("<hostdev type='mdev' display='on'/>"),
    '/domain/devices/hostdev/@display',
    devices("<hostdev type='mdev' display='on'/><graphics type='vnc'/>"),
  ],
  [
    'a tablet on PS/2',
    devices("<input type='tablet' bus='ps2'/>"),
    '/domain/devices/input/@bus',
    devices("<input type='tablet' bus='usb'/>"),
  ],
  [
    'one name for two devices',
    devices("<tpm><alias name='ua-a'/></tpm><input type='mouse' bus='ps2'><alias name='ua-a'/></input>"),
    '/domain/devices/input/alias/@name',
    devices("<tpm><alias name='ua-a'/></tpm><input type='mouse' bus='ps2'><alias name='ua-b'/></input>"),
  ],
  [
    'PCI Express on a board without',
    devices("<controller type='pci' index='1' model='pcie-root-port'/>", 'pc'),
    '/domain/devices/controller/@model',
    devices("<controller type='pci' index='1' model='pcie-root-port'/>"),
  ],
  [
    'a bus beyond 0xff',
    devices("<tpm><address type='pci' bus='0x100'/></tpm>"),
    '/domain/devices/tpm/address/@bus',
    devices("<tpm><address type='pci' bus='0xff' slot='1'/></tpm>"),
  ],
  [
    'a fifth level of USB hubs',
    devices("<hub type='usb'><address type='usb' port='1.1.1.1.1'/></hub>"),
    '/domain/devices/hub/address/@port',
    devices("<hub type='usb'><address type='usb' port='1.1.1.1'/></hub>"),
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

test('what libvirt refuses is told apart from what is not supported', () => {
  expect(contradictions(parseXml(devices('<tpm/><tpm/>')))).toMatchObject([{ invalid: true }]);
});
