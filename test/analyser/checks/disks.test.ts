import { expect, test } from 'vitest';
import { contradictions } from '../../../analyser/checks/index.ts';
import { parseXml } from '../../../analyser/xml/parse.ts';

const VIRTIO = "dev='vda' bus='virtio'";
const SCSI = "dev='sda' bus='scsi'";
const IDE = "dev='hda' bus='ide'";
const FDC = "dev='fda' bus='fdc'";
const SHARED = "<memoryBacking><access mode='shared'/></memoryBacking>";

/** A machine with one disk; libvirt 11.3 was asked about every one of these, and said the same. */
const machine = (attributes: string, inside: string, target = VIRTIO, frame = ''): string =>
  `<domain type='kvm'><name>web</name><memory>1048576</memory>${frame}<os><type machine='pc'>hvm</type></os>` +
  `<devices><disk type='file' ${attributes}>${inside}<target ${target}/></disk></devices></domain>`;
const disk = (inside: string, target?: string): string => machine('', inside, target);
const ofType = (type: string, inside: string, frame = ''): string =>
  machine('', inside, VIRTIO, frame).replace("type='file'", `type='${type}'`);
const driver = (options: string): string => `<driver name='qemu' ${options}/>`;
const network = (source: string): string => ofType('network', source);

/** What is wrong, the XML, where below the disk it is told; then the same without the fault. */
const CASES: readonly (readonly [string, string, string, string])[] = [
  ['a CD-ROM on virtio', machine("device='cdrom'", ''), 'target/@bus', machine("device='cdrom'", '', IDE)],
  ['a floppy on virtio', machine("device='floppy'", ''), 'target/@bus', machine("device='floppy'", '', FDC)],
  ['a disk on the floppy controller', disk('', FDC), 'target/@bus', disk('', IDE)],
  ['an open tray of a disk', disk('', `${VIRTIO} tray='open'`), 'target/@tray', disk('')],
  ['raw access to a file', machine("rawio='yes'", ''), '@rawio', machine("rawio='no'", '')],
  [
    'a generation of virtio on IDE',
    machine("model='virtio-transitional'", '', IDE),
    '@model',
    machine("model='virtio-transitional'", ''),
  ],
  ['a vendor on IDE', disk('<vendor>a</vendor>', IDE), 'vendor', disk('<vendor>a</vendor>', SCSI)],
  [
    'copies into what is only read',
    disk(`${driver("type='raw' copy_on_read='on'")}<readonly/>`),
    'driver/@copy_on_read',
    disk(driver("type='raw' copy_on_read='on'")),
  ],
  [
    'references of a format without',
    disk(driver("type='raw' discard_no_unref='on'")),
    'driver/@discard_no_unref',
    disk(driver("type='qcow2' discard_no_unref='on'")),
  ],
  [
    'native I/O through the cache of the host',
    disk(driver("type='raw' io='native'")),
    'driver/@io',
    disk(driver("type='raw' io='native' cache='none'")),
  ],
  ['a format that qemu has not', disk(driver("type='cow'")), 'driver/@type', disk(driver("type='qcow2'"))],
  [
    'sharing of a format that cannot be shared',
    disk(`${driver("type='qcow2'")}<shareable/>`),
    'shareable',
    disk(`${driver("type='raw'")}<shareable/>`),
  ],
  [
    'a folder that is written to',
    ofType('dir', `${driver("type='fat'")}<source dir='/a'/>`),
    '@type',
    ofType('dir', `${driver("type='fat'")}<source dir='/a'/><readonly/>`),
  ],
  [
    'a policy for a source of the network',
    network("<source protocol='nbd' startupPolicy='optional'><host name='a'/></source>"),
    'source/@startupPolicy',
    network("<source protocol='nbd'><host name='a'/></source>"),
  ],
  [
    'an NVMe disk nowhere',
    ofType('nvme', '<source/>'),
    'source/address',
    ofType('nvme', '<source><address/></source>'),
  ],
  [
    'two servers of NBD',
    network("<source protocol='nbd'><host name='a'/><host name='b'/></source>"),
    'source/@protocol',
    network("<source protocol='nbd'><host name='a'/></source>"),
  ],
  [
    'an image of Gluster without a volume',
    network("<source protocol='gluster' name='a'><host name='b'/></source>"),
    'source/@name',
    network("<source protocol='gluster' name='a/b'><host name='b'/></source>"),
  ],
  [
    'TLS for Ceph',
    network("<source protocol='rbd' name='a/b' tls='yes'/>"),
    'source/@tls',
    network("<source protocol='rbd' name='a/b'/>"),
  ],
  [
    'a login without a name',
    network("<source protocol='rbd' name='a/b'><auth/></source>"),
    'source/auth',
    network("<source protocol='rbd' name='a/b'><auth username='u'/></source>"),
  ],
  [
    'LUKS without a secret',
    disk("<source file='/a'><encryption format='luks'/></source>"),
    'source/encryption/@format',
    disk("<source file='/a'><encryption format='luks'><secret type='passphrase' usage='a'/></encryption></source>"),
  ],
  [
    'a file below whose format is left open',
    disk(`${driver("type='qcow2'")}<backingStore type='file'><source file='/b'/></backingStore>`),
    'backingStore',
    disk(`${driver("type='qcow2'")}<backingStore type='file'><format type='raw'/><source file='/b'/></backingStore>`),
  ],
  [
    'a thread that there is not',
    machine('', driver("type='raw' iothread='3'"), VIRTIO, '<iothreads>2</iothreads>'),
    'driver/@iothread',
    machine('', driver("type='raw' iothread='2'"), VIRTIO, '<iothreads>2</iothreads>'),
  ],
  [
    'a disk served out of memory that nobody shares',
    ofType('vhostuser', "<source type='unix' path='/s'/>"),
    '@type',
    ofType('vhostuser', "<source type='unix' path='/s'/>", SHARED),
  ],
  [
    'a cache of a disk that another process serves',
    ofType('vhostuser', `${driver("type='raw' cache='none'")}<source type='unix' path='/s'/>`, SHARED),
    'driver/@cache',
    ofType('vhostuser', `${driver("type='raw' queues='2'")}<source type='unix' path='/s'/>`, SHARED),
  ],
];

const placesOf = (xml: string): string[] =>
  contradictions(parseXml(xml)).map((fault) => ('xpath' in fault ? fault.xpath : fault.field));

for (const [what, bad, place, good] of CASES) {
  test(`${what}: refused at its place, and only there`, () => {
    expect(placesOf(bad)).toEqual([`/domain/devices/disk/${place}`]);
    expect(placesOf(good)).toEqual([]);
  });
}
