import type { Fault } from '../objects/building.ts';
import { attributeOf, childElements, childOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { at, devicesNamed, devicesOf, duplicates, wrong } from './domain.ts';

const isPowerOfTwo = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value));

/** Cards of the network. Source: virDomainNetDefParseXML, qemuValidateDomainDeviceDefNetwork */
export const interfaces = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'interface').flatMap((nic) => {
    const mac = at(nic, 'mac/@address');
    const type = attributeOf(nic, 'type') ?? '';
    const isPasst = at(nic, 'backend/@type') === 'passt';
    const queues = ['rx_queue_size', 'tx_queue_size'].filter((name) => {
      const size = at(nic, `driver/@${name}`);
      return size !== undefined && !isPowerOfTwo(Number(size));
    });
    return [
      ...(mac !== undefined && Number.parseInt(mac.slice(0, 2), 16) % 2 === 1
        ? [wrong(nic, 'mac/@address', 'is a multicast address')]
        : []),
      ...queues.map((name) => wrong(nic, `driver/@${name}`, 'must be a power of two')),
      ...(childOf(nic, 'portForward') && !isPasst && type !== 'vhostuser'
        ? [wrong(nic, 'portForward', 'needs the backend passt')]
        : []),
      ...(type === 'hostdev' && at(nic, 'backend/@tap') !== undefined
        ? [wrong(nic, 'backend/@tap', 'is not for cards of the host')]
        : []),
    ];
  });

const ONE_OF_A_KIND = ['vnc', 'spice', 'sdl', 'egl-headless', 'dbus'];

/** Source: qemuValidateDomainDeviceDefGraphics, virDomainGraphicsListensParseXML */
export function screens(domain: XmlElement): Fault[] {
  const graphics = devicesNamed(domain, 'graphics');
  const twice = duplicates(graphics, (one) => {
    const type = attributeOf(one, 'type') ?? '';
    return ONE_OF_A_KIND.includes(type) ? type : undefined;
  });
  const differs = graphics.filter((one) => {
    const [listen, first] = [attributeOf(one, 'listen'), childOf(one, 'listen')];
    const address = first && attributeOf(first, 'address');
    return (
      listen !== undefined &&
      address !== undefined &&
      attributeOf(first ?? one, 'type') === 'address' &&
      listen !== address
    );
  });
  return [
    ...twice.map((one) => wrong(one, '@type', 'is there twice; one screen of each kind is possible')),
    ...differs.map((one) => wrong(one, '@listen', 'differs from the address of <listen>')),
  ];
}

const primary = (card: XmlElement): boolean => at(card, 'model/@primary') === 'yes';

/** Source: virDomainDefPostParseVideo, qemuValidateDomainDeviceDefVideo */
export function cards(domain: XmlElement): Fault[] {
  const list = devicesNamed(domain, 'video');
  const second = list.filter(primary).slice(1);
  const others = list.some(primary) ? list.filter((card) => !primary(card)) : list.slice(1);
  const lone = others.filter((card) =>
    ['vga', 'cirrus', 'vmvga', 'bochs', 'ramfb', 'xen'].includes(at(card, 'model/@type') ?? ''),
  );
  return [
    ...second.map((card) => wrong(card, 'model/@primary', 'is given to two graphics cards')),
    ...lone.map((card) => wrong(card, 'model/@type', 'can only be the first graphics card')),
  ];
}

const SOURCED: Readonly<Record<string, readonly string[]>> = {
  unix: ['path'],
  file: ['path'],
  dev: ['path'],
  pipe: ['path'],
  tcp: ['host', 'service'],
  udp: ['service'],
};

const CHARACTER = ['serial', 'parallel', 'console', 'channel', 'redirdev', 'smartcard', 'rng'];

/** What a character device is connected to. Source: virDomainChrSourceDefValidate */
export const characters = (domain: XmlElement): Fault[] =>
  devicesOf(domain)
    .filter(({ name }) => CHARACTER.includes(name))
    .flatMap((device) => {
      const type = attributeOf(device, 'type') ?? '';
      // libvirt chooses a socket for a channel of its own, and a console is the serial port once more.
      const isOwn = type === 'unix' && (device.name === 'channel' || device.name === 'console');
      const sources = childElements(device).filter(({ name }) => name === 'source');
      const missing = (Object.hasOwn(SOURCED, type) ? (SOURCED[type] ?? []) : []).find(
        (name) => !sources.some((source) => attributeOf(source, name) !== undefined),
      );
      if (missing === undefined || isOwn || (device.name === 'console' && sources.length === 0)) return [];
      return [
        {
          xpath: sources[0] ? `${xpathOf(sources[0])}` : `${xpathOf(device)}/@type`,
          reason: `needs <source ${missing}>`,
        },
      ];
    });

/** Ports of one controller are used once. Source: virDomainVirtioSerialAddrReserve */
export const serialPorts = (domain: XmlElement): Fault[] =>
  duplicates(devicesOf(domain), (device) => {
    const address = childOf(device, 'address');
    const port = address && attributeOf(address, 'port');
    if (!address || attributeOf(address, 'type') !== 'virtio-serial' || port === undefined || Number(port) === 0)
      return undefined;
    return ['controller', 'bus', 'port'].map((name) => Number(attributeOf(address, name) ?? 0)).join(' ');
  }).map((device) => wrong(device, 'address', 'is a port that is taken'));

/** The slow halves of a USB 2 controller share its number. */
const isCompanion = (one: XmlElement): boolean =>
  childOf(one, 'master') !== undefined || (attributeOf(one, 'model')?.startsWith('ich9-') ?? false);

/** Controllers of one type are told apart by their numbers; companions of USB share one. Source: virDomainDefCheckDuplicate… */
export const controllers = (domain: XmlElement): Fault[] =>
  duplicates(
    devicesNamed(domain, 'controller').filter((one) => !isCompanion(one) && attributeOf(one, 'type') !== 'pci'),
    (one) => {
      const index = attributeOf(one, 'index');
      return index === undefined ? undefined : `${attributeOf(one, 'type')} ${Number(index)}`;
    },
  ).map((one) => wrong(one, '@index', 'is given to two controllers'));
