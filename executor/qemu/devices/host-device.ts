import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { servingController } from './controller.ts';

type HostDevice = Board['spec']['hostDevices'][number];

const unavailable = (host: HostDevice, why: string): never => {
  throw new Refusal('HostDeviceUnavailable', `spec.hostDevices[${host.name}]`, why);
};

const vfio = (board: Board, host: HostDevice, properties: object): string[] => {
  if (!board.input.host.vfio) unavailable(host, 'this node has no VFIO (/dev/vfio); turn its IOMMU on');
  const id = `host-${host.name}`;
  return device({ driver: 'vfio-pci', id, ...properties, ...board.pci(id, 'port') });
};

function hostDeviceArgument(board: Board, host: HostDevice): string[] {
  if (host.pci) return vfio(board, host, { host: host.pci.address });
  if (host.mdev) return vfio(board, host, { sysfsdev: `/sys/bus/mdev/devices/${host.mdev.uuid}` });
  if (!host.usb) return [];
  if (!board.input.host.usbHost) unavailable(host, 'this node has no USB (/dev/bus/usb)');
  const { vendor, product } = host.usb;
  const bus = `${servingController(board, 'usb')}.0`;
  const ids = { vendorid: Number.parseInt(vendor, 16), productid: Number.parseInt(product, 16) };
  return device({ driver: 'usb-host', id: `host-${host.name}`, bus, ...ids });
}

export const hostDeviceArguments = (board: Board): string[] =>
  board.spec.hostDevices.flatMap((host) => hostDeviceArgument(board, host));
