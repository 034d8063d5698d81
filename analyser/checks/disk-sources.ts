import type { Fault } from '../objects/building.ts';
import { attributeOf, childElements, childOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { devicesNamed } from './domain.ts';

const named = (node: XmlElement, name: string): XmlElement[] =>
  childElements(node).filter((child) => child.name === name);

/** Every source of a disk: its own, and those of the files below. */
function sourcesOf(node: XmlElement): XmlElement[] {
  const below = [childOf(node, 'backingStore'), childOf(node, 'mirror')].filter((one) => one !== undefined);
  return [...named(node, 'source'), ...below.flatMap(sourcesOf)];
}

/** Protocols of which qemu takes one server. Source: qemuDomainStorageSourceValidate…, qemuBlockStorageSourceGetURI */
const ONE_SERVER = ['nbd', 'iscsi', 'http', 'https', 'ftp', 'ftps', 'tftp', 'ssh', 'nfs', 'vxhs'];
const ENCRYPTED = ['nbd', 'vxhs'];

function faultsOf(source: XmlElement): Fault[] {
  const protocol = attributeOf(source, 'protocol');
  if (protocol === undefined) return [];
  const name = attributeOf(source, 'name');
  const hosts = named(source, 'host');
  const say = (place: string, reason: string): Fault => ({ xpath: `${xpathOf(source)}${place}`, reason });
  return [
    ...(name === undefined && protocol !== 'nbd' ? [say('/@protocol', 'needs a name: it is missing')] : []),
    ...(name !== undefined && protocol === 'gluster' && !name.replace(/^\/+/, '').includes('/')
      ? [say('/@name', "can't be split into volume and image; write volume/image")]
      : []),
    ...(ONE_SERVER.includes(protocol) && hosts.length !== 1
      ? [say('/@protocol', `accepts only one host, and there are ${hosts.length}`)]
      : []),
    ...hosts
      .filter((host) => attributeOf(host, 'transport') === 'rdma')
      .map((host): Fault => ({ xpath: `${xpathOf(host)}/@transport`, reason: 'is not yet supported by qemu' })),
    ...(attributeOf(source, 'tls') === 'yes' && !ENCRYPTED.includes(protocol)
      ? [say('/@tls', `TLS transport is not supported for disk protocol ${protocol}`)]
      : []),
  ];
}

/** A login has a name. Source: virStorageAuthDefParse */
const logins = (node: XmlElement): Fault[] =>
  named(node, 'auth')
    .filter((auth) => attributeOf(auth, 'username') === undefined)
    .map((auth) => ({ xpath: xpathOf(auth), reason: 'is missing username' }));

/** What is encrypted has one secret, and a format that qemu's engine has. Source: qemuDomainValidateStorageSource */
function encrypted(node: XmlElement): Fault[] {
  return named(node, 'encryption').flatMap((one): Fault[] => {
    const format = attributeOf(one, 'format');
    const isQemus = (attributeOf(one, 'engine') ?? 'qemu') === 'qemu';
    const secrets = named(one, 'secret');
    const place = `${xpathOf(one)}/@format`;
    return [
      ...(format === 'qcow' ? [{ xpath: place, reason: 'is old encryption, which qemu has no more' }] : []),
      ...(isQemus && /^luks(2|-any)$/.test(format ?? '')
        ? [{ xpath: place, reason: 'is not supported by the qemu encryption engine' }]
        : []),
      ...(format === 'luks' && secrets.length === 0 ? [{ xpath: place, reason: 'is missing its secret' }] : []),
      ...(isQemus && secrets.length > 1
        ? [{ xpath: `${xpathOf(one)}/secret`, reason: 'the qemu encryption engine expects a single secret' }]
        : []),
    ];
  });
}

/** A file below another one says its format: qemu is never left to guess. Source: virDomainDiskBackingStoreParse */
const layers = (node: XmlElement): Fault[] =>
  named(node, 'backingStore').flatMap((layer) => [
    ...(childOf(layer, 'source') && !childOf(layer, 'format')
      ? [{ xpath: xpathOf(layer), reason: 'is missing the format of the backing store' }]
      : []),
    ...layers(layer),
  ]);

/** Where disks come from. */
export const diskSources = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'disk').flatMap((disk) => {
    const sources = sourcesOf(disk);
    return [
      ...sources.flatMap((source) => [...faultsOf(source), ...logins(source), ...encrypted(source)]),
      ...logins(disk),
      ...encrypted(disk),
      ...layers(disk),
    ];
  });
