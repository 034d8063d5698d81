import type { Fault } from '../objects/building.ts';
import type { XmlElement } from '../xml/infoset.ts';
import { accelerators, boardDevices, ends, firmwareSerial, nodes, uefi } from './board.ts';
import { bootOrder, firmwareFiles } from './boot.ts';
import { diskAddresses, hostDevicesOnce, noVideo } from './devices.ts';
import { diskOptions, diskThreads } from './disk-options.ts';
import { diskSources } from './disk-sources.ts';
import {
  diskBuses,
  diskTargets,
  drivePlaces,
  encryption,
  limits,
  logins,
  luns,
  protocols,
  scsiPlaces,
  servers,
} from './disks.ts';
import { basics, bootTimes, cells, cpuCache, features, hugePages, iothreads, labels, vcpus } from './machine.ts';
import { cards, characters, controllers, interfaces, screens, serialPorts } from './others.ts';
import { aliases, bootFromOne, hostDevices, inputs, iommus, sharedMemory, singles } from './parts.ts';
import { pciAddresses, pciBounds, pciFamilies, pciRoots, rootPorts } from './pci.ts';
import { servedMemory } from './shared-memory.ts';
import { usbDepth, usbDisabled, usbPorts } from './usb.ts';

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
  usbDepth,
  pciFamilies,
  pciBounds,
  rootPorts,
  diskTargets,
  diskBuses,
  luns,
  limits,
  encryption,
  logins,
  servers,
  protocols,
  scsiPlaces,
  drivePlaces,
  basics,
  bootTimes,
  vcpus,
  cells,
  cpuCache,
  hugePages,
  features,
  labels,
  iothreads,
  interfaces,
  screens,
  cards,
  characters,
  serialPorts,
  controllers,
  singles,
  iommus,
  sharedMemory,
  hostDevices,
  inputs,
  aliases,
  bootFromOne,
  diskOptions,
  diskThreads,
  diskSources,
  uefi,
  nodes,
  boardDevices,
  accelerators,
  firmwareSerial,
  ends,
  servedMemory,
];

export const contradictions = (domain: XmlElement): Fault[] =>
  CHECKS.flatMap((check) => check(domain)).map((fault) => ({ ...fault, invalid: true }));
