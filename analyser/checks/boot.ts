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

/** What each kind of firmware cannot have. Source: virDomainDefOSValidate, virDomainDefLoaderValidate */
export function firmwareFiles(domain: XmlElement): Fault[] {
  const os = childOf(domain, 'os');
  if (!os) return [];
  const [loader, nvram] = [childOf(os, 'loader'), childOf(os, 'nvram')];
  const firmware = attributeOf(os, 'firmware');
  const say = (node: XmlElement | undefined, reason: string): Fault[] =>
    node ? [{ xpath: xpathOf(node), reason }] : [];
  const isRom = firmware === undefined && loader !== undefined && (attributeOf(loader, 'type') ?? 'rom') === 'rom';
  const stateless = loader && attributeOf(loader, 'stateless');
  return [
    ...(loader && textOf(loader) === '' && firmware === undefined
      ? say(loader, 'names no file, and <os firmware> does not ask for one')
      : []),
    ...(firmware === 'bios' ? say(nvram, 'is for UEFI; a BIOS keeps no variables') : []),
    ...(isRom && loader && textOf(loader) !== '' ? say(nvram, 'is for loaders of the type pflash') : []),
    ...(stateless === 'yes' ? say(nvram, 'is not for a loader that is stateless') : []),
    ...(loader && stateless === 'no' && (firmware === 'bios' || isRom)
      ? [{ xpath: `${xpathOf(loader)}/@stateless`, reason: 'is no: only UEFI keeps variables' }]
      : []),
  ];
}
