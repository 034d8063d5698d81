import type { Fault } from '../objects/building.ts';
import { attributeOf, childElements, childOf, textOf, type XmlElement, xpathOf } from '../xml/infoset.ts';

const listed = new WeakMap<XmlElement, readonly XmlElement[]>();

/** The devices of a domain, in document order; listed once, since dozens of checks ask for them. */
export function devicesOf(domain: XmlElement): readonly XmlElement[] {
  const found = listed.get(domain);
  if (found) return found;
  const devices = childOf(domain, 'devices');
  const list = devices ? childElements(devices) : [];
  listed.set(domain, list);
  return list;
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

/** The value that a path leads to, `driver/@cache`, or the text of an element that is there, `wwn`. */
export function at(node: XmlElement, path: string): string | undefined {
  const steps = path.split('/');
  const last = steps.pop() ?? '';
  let found: XmlElement | undefined = node;
  for (const step of steps) found = found && childOf(found, step);
  if (last.startsWith('@')) return found && attributeOf(found, last.slice(1));
  const child = found && childOf(found, last);
  return child && textOf(child);
}

/** A fault at a place below an element. */
export const wrong = (node: XmlElement, path: string, reason: string): Fault => ({
  xpath: `${xpathOf(node)}/${path}`,
  reason,
});

/** Numbers of a set such as `0-3,7,^2`. Those that are no numbers are left out. */
export function numbersOf(text: string): number[] {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [, not, first = '', last = first] = /^(\^?)(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? [];
    if (first === '') continue;
    for (let n = Number(first); n <= Number(last); n += 1) {
      if (not) found.delete(n);
      else found.add(n);
    }
  }
  return [...found];
}
