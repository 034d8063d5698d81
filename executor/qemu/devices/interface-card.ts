import type { Place } from '../slots.ts';
import { virtioProperties } from './disk/details.ts';
import type { Interface } from './interface.ts';

interface Card {
  readonly driver: string;
  /** Conventional PCI cards do not go into a PCIe port; a card on USB has no place on PCI. */
  readonly place: Place | 'usb';
}

const VIRTIO = 'virtio-net-pci';

/** Cards that are not called in qemu as they are here, or that are plugged in elsewhere than into a conventional slot. */
const SPECIAL: Readonly<Partial<Record<Interface['model'], Card>>> = {
  virtio: { driver: VIRTIO, place: 'port' },
  'virtio-transitional': { driver: `${VIRTIO}-transitional`, place: 'port' },
  'virtio-non-transitional': { driver: `${VIRTIO}-non-transitional`, place: 'port' },
  e1000e: { driver: 'e1000e', place: 'port' },
  igb: { driver: 'igb', place: 'port' },
  vmxnet3: { driver: 'vmxnet3', place: 'port' },
  'usb-net': { driver: 'usb-net', place: 'usb' },
};

export const cardOf = (model: Interface['model']): Card => SPECIAL[model] ?? { driver: model, place: 'board' };

export const isVirtio = ({ model }: Interface): boolean => model.startsWith('virtio');

type Offload = NonNullable<NonNullable<Interface['driver']>['host']>;

const HOST: Readonly<Record<keyof Offload, string>> = {
  csum: 'csum',
  gso: 'gso',
  tso4: 'host_tso4',
  tso6: 'host_tso6',
  ecn: 'host_ecn',
  ufo: 'host_ufo',
  mrgRxBuf: 'mrg_rxbuf',
};

const GUEST: Readonly<Partial<Record<keyof Offload, string>>> = {
  csum: 'guest_csum',
  tso4: 'guest_tso4',
  tso6: 'guest_tso6',
  ecn: 'guest_ecn',
  ufo: 'guest_ufo',
};

const offloads = (said: Offload | undefined, names: Readonly<Partial<Record<keyof Offload, string>>>): object =>
  Object.fromEntries(
    Object.entries(said ?? {}).flatMap(([key, value]) => {
      const name = names[key as keyof Offload];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );

const TX = { iothread: 'bh', timer: 'timer' } as const;

/** What a virtio card is told beyond its network. Source: qemuBuildNicDevProps of libvirt */
export const virtioCard = ({ driver, virtio, team }: Interface): object => ({
  ...virtioProperties(virtio),
  ...(driver?.txMode && { tx: TX[driver.txMode] }),
  ...(driver?.ioEventFd !== undefined && { ioeventfd: driver.ioEventFd }),
  ...(driver?.eventIndex !== undefined && { event_idx: driver.eventIndex }),
  ...(driver?.rxQueueSize && { rx_queue_size: driver.rxQueueSize }),
  ...(driver?.txQueueSize && { tx_queue_size: driver.txQueueSize }),
  ...(driver?.rss !== undefined && { rss: driver.rss }),
  ...(driver?.rssHashReport !== undefined && { hash: driver.rssHashReport }),
  ...offloads(driver?.host, HOST),
  ...offloads(driver?.guest, GUEST),
  ...(team?.role === 'persistent' && { failover: true }),
});
