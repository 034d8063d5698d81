import { attributeOf, childElements, childOf, type XmlElement } from '../xml/infoset.ts';

/** The devices of a domain, in document order. */
export function devicesOf(domain: XmlElement): XmlElement[] {
  const devices = childOf(domain, 'devices');
  return devices ? childElements(devices) : [];
}

export const devicesNamed = (domain: XmlElement, name: string): XmlElement[] =>
  devicesOf(domain).filter((device) => device.name === name);

/** Which of the two boards; libvirt's own default is pc. */
export function familyOf(domain: XmlElement): 'pc' | 'q35' {
  const os = childOf(domain, 'os');
  const type = os && childOf(os, 'type');
  const machine = (type && attributeOf(type, 'machine')) ?? 'pc';
  return machine.includes('q35') ? 'q35' : 'pc';
}

/** What every later one of a group is told, where several things have the same key. */
export function duplicates<T>(list: readonly T[], key: (item: T) => string | undefined): T[] {
  const seen = new Set<string>();
  return list.filter((item) => {
    const found = key(item);
    if (found === undefined) return false;
    const again = seen.has(found);
    seen.add(found);
    return again;
  });
}
