import type { Fault } from '../objects/building.ts';
import { attributeOf, childElements, childOf, type XmlElement } from '../xml/infoset.ts';
import { at, devicesOf, wrong } from './domain.ts';

/** Whether other processes see all of the memory: each cell's own word, else that of the whole. */
function isShared(domain: XmlElement): boolean {
  const usual = at(domain, 'memoryBacking/access/@mode');
  const cpu = childOf(domain, 'cpu');
  const numa = cpu && childOf(cpu, 'numa');
  const cells = numa ? childElements(numa).filter(({ name }) => name === 'cell') : [];
  if (cells.length === 0) return usual === 'shared';
  return cells.every((cell) => (attributeOf(cell, 'memAccess') ?? usual) === 'shared');
}

/** Devices that another process serves out of the memory of the machine. */
const SERVED: Readonly<Record<string, (device: XmlElement) => string | undefined>> = {
  interface: (device) => (attributeOf(device, 'type') === 'vhostuser' ? 'vhostuser' : undefined),
  disk: (device) => {
    const type = attributeOf(device, 'type') ?? '';
    return ['vhostuser', 'vhostvdpa'].includes(type) ? type : undefined;
  },
  filesystem: (device) => (at(device, 'driver/@type') === 'virtiofs' ? 'virtiofs' : undefined),
};

/** Source: qemuValidateDomainDefVhostUserRequireSharedMemory */
export function servedMemory(domain: XmlElement): Fault[] {
  if (isShared(domain)) return [];
  return devicesOf(domain).flatMap((device) => {
    const what = Object.hasOwn(SERVED, device.name) ? SERVED[device.name]?.(device) : undefined;
    const place = device.name === 'filesystem' ? 'driver/@type' : '@type';
    return what === undefined
      ? []
      : [wrong(device, place, `${what} requires shared memory: <memoryBacking><access mode="shared"/>`)];
  });
}
