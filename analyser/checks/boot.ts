import type { Fault } from '../objects/building.ts';
import { attributeOf, childAttribute, childOf, textOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { devicesOf, duplicates } from './domain.ts';

/** Boot order is given by classes of devices or device by device, each place once. */
export function bootOrder(domain: XmlElement): Fault[] {
  const os = childOf(domain, 'os');
  const ordered = devicesOf(domain).filter((device) => childOf(device, 'boot'));
  const byClass = os !== undefined && childOf(os, 'boot') !== undefined;
  const both = byClass ? ordered.map((device) => fault(device, 'is given beside <os><boot>; use one of the two')) : [];
  const twice = duplicates(ordered, (device) => childAttribute(device, 'boot', 'order'));
  return [...both, ...twice.map((device) => fault(device, 'is the place of two devices'))];
}

const fault = (device: XmlElement, reason: string): Fault => ({ xpath: `${xpathOf(device)}/boot/@order`, reason });

/** A loader needs a path unless libvirt is asked to find one; only UEFI has variables to keep. */
export function firmwareFiles(domain: XmlElement): Fault[] {
  const os = childOf(domain, 'os');
  if (!os) return [];
  const loader = childOf(os, 'loader');
  const nvram = childOf(os, 'nvram');
  const firmware = attributeOf(os, 'firmware');
  const pathless = loader !== undefined && textOf(loader) === '' && firmware === undefined;
  return [
    ...(pathless ? [{ xpath: xpathOf(loader), reason: 'names no file, and <os firmware> does not ask for one' }] : []),
    ...(nvram && firmware === 'bios'
      ? [{ xpath: xpathOf(nvram), reason: 'is for UEFI; a BIOS keeps no variables' }]
      : []),
  ];
}
