import type { Fault } from '../objects/building.ts';
import { attributeOf, childAttribute, childOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { devicesNamed, devicesOf, duplicates } from './domain.ts';

/** How each device says that it is on USB. */
const ON_USB: Readonly<Record<string, (device: XmlElement) => boolean>> = {
  input: (device) => attributeOf(device, 'bus') === 'usb',
  disk: (device) => childAttribute(device, 'target', 'bus') === 'usb',
  hostdev: (device) => attributeOf(device, 'type') === 'usb',
  redirdev: (device) => attributeOf(device, 'bus') === 'usb',
  sound: (device) => attributeOf(device, 'model') === 'usb',
  hub: () => true,
};

const isOnUsb = (device: XmlElement): boolean =>
  Object.hasOwn(ON_USB, device.name) && (ON_USB[device.name]?.(device) ?? false);

/** `<controller type='usb' model='none'>` leaves no bus to be on. */
export function usbDisabled(domain: XmlElement): Fault[] {
  const off = devicesNamed(domain, 'controller').some(
    (one) => attributeOf(one, 'type') === 'usb' && attributeOf(one, 'model') === 'none',
  );
  if (!off) return [];
  return devicesOf(domain)
    .filter(isOnUsb)
    .map((device) => ({
      xpath: xpathOf(device),
      reason: 'is on USB, which the controller with model none switches off',
    }));
}

function portOf(device: XmlElement): string | undefined {
  const address = childOf(device, 'address');
  if (!address || attributeOf(address, 'type') !== 'usb') return undefined;
  const port = attributeOf(address, 'port');
  return port === undefined ? undefined : `bus ${attributeOf(address, 'bus') ?? 0} port ${port}`;
}

/** Two devices cannot be in one USB port. */
export const usbPorts = (domain: XmlElement): Fault[] =>
  duplicates(devicesOf(domain), portOf).map((device) => ({
    xpath: `${xpathOf(device)}/address`,
    reason: `is USB ${portOf(device)}, which is taken`,
  }));

/** Hubs are at most four deep. Source: virDomainUSBAddressPortParse */
export const usbDepth = (domain: XmlElement): Fault[] =>
  devicesOf(domain).flatMap((device) => {
    const address = childOf(device, 'address');
    const port = address && attributeOf(address, 'port');
    if (!address || attributeOf(address, 'type') !== 'usb' || port === undefined || /^\d+(\.\d+){0,3}$/.test(port))
      return [];
    return [
      { xpath: `${xpathOf(address)}/@port`, reason: 'is no port of USB: at most four numbers with dots between' },
    ];
  });
