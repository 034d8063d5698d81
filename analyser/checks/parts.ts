import type { Fault } from '../objects/building.ts';
import { attributeOf, childAttribute, childOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { at, devicesNamed, devicesOf, duplicates, familyOf, wrong } from './domain.ts';

const SINGLE = ['memballoon', 'tpm', 'vsock', 'iommu', 'nvram'];

/** Devices of which a machine has one at most; addresses that do not fit. */
export function singles(domain: XmlElement): Fault[] {
  const many = SINGLE.flatMap((name) => devicesNamed(domain, name).slice(1)).filter(
    (one) => !attributeOf(one, 'model')?.includes('spapr'),
  );
  const panics = duplicates(devicesNamed(domain, 'panic'), (one) => attributeOf(one, 'model') ?? 'isa');
  return [...many, ...panics].map((one) => ({
    xpath: xpathOf(one),
    reason: `is given twice; a machine has one ${one.name}`,
  }));
}

/** Source: qemuValidateDomainDeviceDefIOMMU */
export const iommus = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'iommu').flatMap((iommu) => {
    const model = attributeOf(iommu, 'model');
    const type = at(iommu, 'address/@type');
    const bus = Number(at(iommu, 'address/@bus') ?? 0);
    return [
      ...(model === 'intel' && familyOf(domain) !== 'q35'
        ? [wrong(iommu, '@model', 'intel needs the machine type q35')]
        : []),
      ...(model === 'virtio' && type !== undefined && type !== 'pci'
        ? [wrong(iommu, 'address/@type', 'must be pci')]
        : []),
      ...(model === 'virtio' && bus !== 0
        ? [wrong(iommu, 'address/@bus', 'must be 0: the device is part of the board')]
        : []),
    ];
  });

/** Source: qemuValidateDomainDeviceDefShmem */
export const sharedMemory = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'shmem').flatMap((shmem) => {
    const type = at(shmem, 'address/@type');
    const needsServer = childOf(shmem, 'msi') && !childOf(shmem, 'server');
    return [
      ...(type !== undefined && type !== 'pci' ? [wrong(shmem, 'address/@type', 'must be pci')] : []),
      ...(needsServer && at(shmem, 'model/@type') !== 'ivshmem-plain' ? [wrong(shmem, 'msi', 'needs a server')] : []),
    ];
  });

/** What goes to the guest from the host. Source: virDomainHostdevDefPostParse, qemuValidateDomainDeviceDefHostdev */
export const hostDevices = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'hostdev').flatMap((device) => {
    const type = attributeOf(device, 'type');
    const hasScreen = devicesNamed(domain, 'graphics').length > 0;
    return [
      ...(attributeOf(device, 'sgio') !== undefined && type !== 'scsi'
        ? [wrong(device, '@sgio', 'is only for SCSI devices')]
        : []),
      ...(attributeOf(device, 'rawio') !== undefined && type !== 'scsi'
        ? [wrong(device, '@rawio', 'is only for SCSI devices')]
        : []),
      ...(type === 'mdev' && attributeOf(device, 'display') === 'on' && !hasScreen
        ? [wrong(device, '@display', 'needs a screen: <graphics>')]
        : []),
    ];
  });

/** Source: virDomainInputDefValidate */
export const inputs = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'input').flatMap((input) => {
    const [type, bus] = [attributeOf(input, 'type'), attributeOf(input, 'bus')];
    return [
      ...(type === 'tablet' && bus === 'ps2' ? [wrong(input, '@bus', 'has no tablets')] : []),
      ...(type === 'passthrough' && childAttribute(input, 'source', 'evdev') === undefined
        ? [wrong(input, '@type', 'needs <source evdev>')]
        : []),
    ];
  });

/** A person's names of devices are unlike each other. Source: virDomainDefValidateAliases */
export const aliases = (domain: XmlElement): Fault[] =>
  duplicates(
    devicesOf(domain).filter(({ name }) => name !== 'console'),
    (device) => childAttribute(device, 'alias', 'name'),
  )
    .filter((device) => childAttribute(device, 'alias', 'name')?.startsWith('ua-'))
    .map((device) => wrong(device, 'alias/@name', 'is the name of two devices'));

/** Boot order counts from 1. */
export const bootFromOne = (domain: XmlElement): Fault[] =>
  devicesOf(domain)
    .filter((device) => childAttribute(device, 'boot', 'order') === '0')
    .map((device) => wrong(device, 'boot/@order', 'must be at least 1'));
