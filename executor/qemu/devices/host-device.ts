import type { Board } from '../board.ts';
import { diskDevice } from '../identifiers.ts';
import { device, json } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { secretId, secretObject } from '../secrets.ts';
import { bootIndexes } from './boot.ts';
import { servingController } from './controller.ts';
import { generation } from './disk/details.ts';
import { protocolNode } from './disk/protocol.ts';
import { romProperties } from './rom.ts';
import { usbPlace } from './usb.ts';

export type HostDevice = Board['spec']['hostDevices'][number];
type Scsi = NonNullable<HostDevice['scsi']>;

const idOf = ({ name }: HostDevice): string => `host-${name}`;

const unavailable = (host: HostDevice, why: string): never => {
  throw new Refusal('HostDeviceUnavailable', `spec.hostDevices[${host.name}]`, why);
};

const boot = (board: Board, { name }: HostDevice): object => {
  const bootindex = bootIndexes(board.spec).get(`host/${name}`);
  return bootindex ? { bootindex } : {};
};

const vfio = (
  board: Board,
  host: HostDevice,
  properties: { driver: string; [property: string]: unknown },
): string[] => {
  if (!board.input.host.vfio) unavailable(host, 'this node has no VFIO (/dev/vfio); turn its IOMMU on');
  const id = idOf(host);
  return device({ id, ...properties, ...boot(board, host), ...board.pci(id, 'port'), ...romProperties(host.rom) });
};

const onOff = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : value ? 'on' : 'off';

function mdev(
  board: Board,
  host: HostDevice,
  { uuid, model, display, ramfb }: NonNullable<HostDevice['mdev']>,
): string[] {
  if (model === 'vfio-ccw' || model === 'vfio-ap') unavailable(host, `${model} is for s390x`);
  const driver = ramfb ? 'vfio-pci-nohotplug' : 'vfio-pci';
  return vfio(board, host, {
    driver,
    sysfsdev: `/sys/bus/mdev/devices/${uuid}`,
    display: onOff(display),
    ramfb: ramfb || undefined,
  });
}

const DIGITS = 3;
const padded = (value: number): string => String(value).padStart(DIGITS, '0');

function usb(board: Board, host: HostDevice, wanted: NonNullable<HostDevice['usb']>): string[] {
  if (!board.input.host.usbHost) unavailable(host, 'this node has no USB (/dev/bus/usb)');
  const { vendor, product, bus, device: number } = wanted;
  const reset = wanted.guestReset;
  return device({
    driver: 'usb-host',
    id: idOf(host),
    ...(bus !== undefined && number !== undefined
      ? { hostdevice: `/dev/bus/usb/${padded(bus)}/${padded(number)}` }
      : { vendorid: Number(`0x${vendor}`), productid: Number(`0x${product}`) }),
    ...(reset && { 'guest-reset': reset !== 'off', 'guest-resets-all': reset === 'on' }),
    ...boot(board, host),
    ...usbPlace(board, idOf(host)),
  });
}

/** The generic SCSI device of the node that a device of the spec is, such as /dev/sg3: looked up before the start. */
function scsiNode(board: Board, host: HostDevice, scsi: Scsi): object {
  const secret = scsi.network?.auth?.secret;
  const credentials = secret && `${idOf(host)}-${secretId(secret)}`;
  if (scsi.network) {
    return protocolNode(
      { network: scsi.network },
      { readOnly: scsi.readOnly ?? false, floppy: false, secret: credentials },
    );
  }
  const filename =
    board.input.scsiDevices?.[host.name] ??
    unavailable(host, 'this node has no such SCSI device (/sys/class/scsi_generic)');
  return { driver: 'host_device', filename };
}

function scsiArguments(board: Board, host: HostDevice, scsi: Scsi): string[] {
  const node = diskDevice(`host-${host.name}`).slice(0, NODE_BYTES);
  const secret = scsi.network?.auth?.secret;
  const at = host.address?.drive;
  return [
    ...(secret ? secretObject(board.input.runDir, `${idOf(host)}-${secretId(secret)}`, secret) : []),
    ...['-blockdev', json({ ...scsiNode(board, host, scsi), 'node-name': node, 'read-only': scsi.readOnly ?? false })],
    ...device({
      driver: 'scsi-generic',
      drive: node,
      id: idOf(host),
      bus: `${servingController(board, 'scsi', at?.controller)}.0`,
      ...(at && { channel: at.bus ?? 0, 'scsi-id': at.target ?? 0, lun: at.unit ?? 0 }),
      ...(scsi.shareable && { 'share-rw': true }),
      ...boot(board, host),
    }),
  ];
}

/** qemu keeps a block node's name in 32 bytes, its end among them. */
const NODE_BYTES = 31;

function hostDeviceArgument(board: Board, host: HostDevice): string[] {
  if (host.pci)
    return vfio(board, host, { driver: 'vfio-pci', host: host.pci.address, display: onOff(host.pci.display) });
  if (host.mdev) return mdev(board, host, host.mdev);
  if (host.usb) return usb(board, host, host.usb);
  if (host.scsi) return scsiArguments(board, host, host.scsi);
  if (!host.scsiHost) return [];
  const driver = `vhost-scsi-pci${generation(host.scsiHost.model)}`;
  return device({ driver, wwpn: host.scsiHost.wwpn, id: idOf(host), ...board.pci(idOf(host), 'port') });
}

export const hostDeviceArguments = (board: Board): string[] =>
  board.spec.hostDevices.flatMap((host) => hostDeviceArgument(board, host));
