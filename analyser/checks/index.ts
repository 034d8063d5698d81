import type { Fault } from '../objects/building.ts';
import type { XmlElement } from '../xml/infoset.ts';
import { bootOrder, firmwareFiles } from './boot.ts';
import { diskAddresses, hostDevicesOnce, noVideo } from './devices.ts';
import { pciAddresses, pciRoots } from './pci.ts';
import { usbDisabled, usbPorts } from './usb.ts';

/** What libvirt itself refuses although each leaf alone is right. Each looks at the XML only. */
const CHECKS: readonly ((domain: XmlElement) => Fault[])[] = [
  bootOrder,
  firmwareFiles,
  diskAddresses,
  hostDevicesOnce,
  noVideo,
  pciAddresses,
  pciRoots,
  usbDisabled,
  usbPorts,
];

export const contradictions = (domain: XmlElement): Fault[] =>
  CHECKS.flatMap((check) => check(domain)).map((fault) => ({ ...fault, invalid: true }));
