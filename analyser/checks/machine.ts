import type { Fault } from '../objects/building.ts';
import { attributeOf, childElements, childOf, textOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { at, devicesNamed, duplicates, familyOf, numbersOf, wrong } from './domain.ts';

const named = (parent: XmlElement | undefined, name: string): XmlElement[] =>
  parent ? childElements(parent).filter((child) => child.name === name) : [];

/** A machine has a name that is one line and no path, and memory. Source: virDomainDefPostParseCheckFeatures, virXMLCheckIllegalChars */
export function basics(domain: XmlElement): Fault[] {
  const name = childOf(domain, 'name');
  const numa = childOf(domain, 'cpu');
  const cells = numa && childOf(numa, 'numa');
  const memory = childOf(domain, 'memory');
  return [
    ...(name && /[\n/]/.test(textOf(name)) ? [{ xpath: xpathOf(name), reason: 'has a line end or a slash' }] : []),
    ...(memory || cells ? [] : [{ xpath: `${xpathOf(domain)}/memory`, reason: 'is missing' }]),
  ];
}

/** Milliseconds of the boot menu and before a reboot. Source: virDomainDefParseBootXML */
export function bootTimes(domain: XmlElement): Fault[] {
  const os = childOf(domain, 'os');
  if (!os) return [];
  const inRange = (text: string | undefined, min: number): boolean =>
    text === undefined || (/^-?\d+$/.test(text) && Number(text) >= min && Number(text) <= 65535);
  return [
    ...(inRange(at(os, 'bootmenu/@timeout'), 0) ? [] : [wrong(os, 'bootmenu/@timeout', 'is not between 0 and 65535')]),
    ...(inRange(at(os, 'bios/@rebootTimeout'), -1)
      ? []
      : [wrong(os, 'bios/@rebootTimeout', 'is not between -1 and 65535')]),
  ];
}

/** Virtual CPUs: as many at the start as there are at most; each on one node, pinned once. */
export function vcpus(domain: XmlElement): Fault[] {
  const vcpu = childOf(domain, 'vcpu');
  const most = Number(vcpu ? textOf(vcpu) : 1);
  const current = vcpu && attributeOf(vcpu, 'current');
  const tune = childOf(domain, 'cputune');
  const pinned = duplicates(named(tune, 'vcpupin'), (pin) => attributeOf(pin, 'vcpu'));
  return [
    ...(vcpu && most === 0 ? [{ xpath: xpathOf(vcpu), reason: 'must be at least 1' }] : []),
    ...(vcpu && current !== undefined && Number(current) > most
      ? [wrong(vcpu, '@current', 'is more than there are at most')]
      : []),
    ...pinned.map((pin) => wrong(pin, '@vcpu', 'is pinned twice')),
    ...duplicates(named(tune, 'emulatorpin'), () => 'one').map((pin) => ({
      xpath: xpathOf(pin),
      reason: 'is given twice',
    })),
  ];
}

/** A cell has CPUs of its own. Source: virDomainNumaDefParseXML */
export function cells(domain: XmlElement): Fault[] {
  const cpu = childOf(domain, 'cpu');
  const list = named(cpu && childOf(cpu, 'numa'), 'cell');
  const taken = new Set<number>();
  const shared = list.filter((cell) => {
    const cpus = numbersOf(attributeOf(cell, 'cpus') ?? '');
    const again = cpus.some((one) => taken.has(one));
    for (const one of cpus) taken.add(one);
    return again;
  });
  return [
    ...shared.map((cell) => wrong(cell, '@cpus', 'has a CPU that another cell has')),
    ...duplicates(list, (cell) => attributeOf(cell, 'id')).map((cell) => wrong(cell, '@id', 'is given twice')),
  ];
}

const CACHES: Readonly<Record<string, (level: string | undefined, mode: string) => string | undefined>> = {
  emulate: (level) => (level === '3' ? undefined : "needs level='3'"),
  passthrough: (level, mode) => {
    if (level !== undefined) return 'takes no level';
    return mode === 'host-passthrough' || mode === 'maximum'
      ? undefined
      : 'needs the CPU mode host-passthrough or maximum';
  },
};

/** Source: qemuValidateDomainDefCpu */
export function cpuCache(domain: XmlElement): Fault[] {
  const cpu = childOf(domain, 'cpu');
  const cache = cpu && childOf(cpu, 'cache');
  if (!cpu || !cache) return [];
  const rule = CACHES[attributeOf(cache, 'mode') ?? ''];
  const reason = rule?.(attributeOf(cache, 'level'), attributeOf(cpu, 'mode') ?? 'custom');
  return reason === undefined
    ? []
    : [wrong(cache, attributeOf(cache, 'level') === undefined ? '@mode' : '@level', reason)];
}

/** Huge pages without nodes are for all of the memory: there is one size of them. Source: qemuBuildMemoryGetPagesize… */
export function hugePages(domain: XmlElement): Fault[] {
  const backing = childOf(domain, 'memoryBacking');
  const pages = named(backing && childOf(backing, 'hugepages'), 'page');
  const cpu = childOf(domain, 'cpu');
  const hasCells = cpu !== undefined && childOf(cpu, 'numa') !== undefined;
  // Without cells all of the memory is on node 0.
  const general = pages.filter((page) => {
    const nodes = attributeOf(page, 'nodeset');
    return nodes === undefined || (!hasCells && numbersOf(nodes).includes(0));
  });
  return duplicates(general, () => 'all').map((page) => wrong(page, '@size', 'is a second size for all of the memory'));
}

/** Source: qemuValidateDomainDefFeatures, virDomainFeaturesHyperVDefParse */
export function features(domain: XmlElement): Fault[] {
  const list = childOf(domain, 'features');
  const smm = list && childOf(list, 'smm');
  const hyperv = list && childOf(list, 'hyperv');
  if (!list) return [];
  const retries = hyperv && at(hyperv, 'spinlocks/@retries');
  return [
    ...(smm && childOf(smm, 'tseg') && familyOf(domain) !== 'q35' ? [wrong(smm, 'tseg', 'is only for q35')] : []),
    ...(hyperv && retries !== undefined && Number(retries) < 4095
      ? [wrong(hyperv, 'spinlocks/@retries', 'must be at least 4095')]
      : []),
  ];
}

/** Where there are several labels, each says of which model it is. Source: virSecurityLabelDefsParseXML */
export function labels(domain: XmlElement): Fault[] {
  const lists = [domain, ...devicesNamed(domain, 'disk').flatMap((disk) => childOf(disk, 'source') ?? [])].map(
    (parent) => named(parent, 'seclabel'),
  );
  return lists.flatMap((list) => [
    ...(list.length > 1
      ? list.filter((one) => attributeOf(one, 'model') === undefined && attributeOf(one, 'type') !== 'none')
      : []
    ).map((one) => ({
      xpath: xpathOf(one),
      reason: 'needs a model where there are several labels',
    })),
    ...duplicates(list, (one) => attributeOf(one, 'model')).map((one) =>
      wrong(one, '@model', 'is the security model of two labels'),
    ),
  ]);
}

/** Threads are told apart by their numbers. */
export const iothreads = (domain: XmlElement): Fault[] =>
  duplicates(named(childOf(domain, 'iothreadids'), 'iothread'), (one) => attributeOf(one, 'id')).map((one) =>
    wrong(one, '@id', 'is given twice'),
  );
