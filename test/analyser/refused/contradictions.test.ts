import { D, device, disk, machine, refuses } from './cases.ts';

refuses([
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
    '/domain/os/loader/@secure',
    /known: no/,
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
]);
