import type { DiskSource } from '../../../../schemas/kinds/machine/disk/source.ts';
import { diskNode, partNode } from '../../identifiers.ts';
import { object } from '../../options.ts';
import { secretId, secretObject } from '../../secrets.ts';
import type { Caching } from '../blockdev.ts';
import type { Disk } from '../disk-bus.ts';
import { type Layer, type PlaceOptions, protocolNode } from './protocol.ts';

export type Node = Readonly<Record<string, unknown>>;

/** Objects and block nodes of a source; the last node is the one that the device gets. */
export interface Chain {
  readonly objects: readonly string[];
  readonly nodes: readonly Node[];
}

/** qemu's drivers where they are not called as the format is. */
const DRIVERS: Readonly<Record<string, string>> = { iso: 'raw', vhd: 'vpc', dir: 'raw', fat: 'raw', cow: 'raw' };
const driverOf = (format = 'raw'): string => DRIVERS[format] ?? format;

/** Where the certificates of the host are. Source: https://libvirt.org/kbase/tlscerts.html */
const TLS_FOLDER = '/etc/pki/qemu';

interface Flags {
  readonly readOnly: boolean;
  readonly disk: Disk;
  readonly runDir: string;
  readonly caching: Caching | undefined;
  /** Number of the layer, 0 for the disk itself. */
  readonly part: string;
}

/** What only the node has that a device or an overlay is on. */
function effective({ readOnly, disk, part }: Flags): Node {
  const detect = disk.detectZeroes === 'unmap' && disk.discard !== 'unmap' ? 'on' : disk.detectZeroes;
  return {
    'read-only': readOnly,
    ...(disk.discard && { discard: disk.discard }),
    ...(detect && part.startsWith('0') && { 'detect-zeroes': detect }),
  };
}

const cached = ({ caching }: Flags): Node =>
  caching ? { cache: { direct: caching.direct, 'no-flush': caching.noFlush } } : {};

const below = (flags: Flags): Node => ({ 'auto-read-only': true, discard: 'unmap', ...cached(flags) });

const isLuks = ({ format = 'raw', encryption }: Layer): boolean => format === 'raw' && encryption?.format === 'luks';

const byLibrbd = ({ encryption }: Layer): boolean => encryption?.engine === 'librbd';

/** What a format is told of its encryption. */
function decryption(layer: Layer, secrets: readonly string[]): Node {
  const { encryption } = layer;
  if (!encryption || byLibrbd(layer)) return {};
  if (isLuks(layer)) return { driver: 'luks', 'key-secret': secrets[0] };
  return { encrypt: { format: encryption.format === 'qcow' ? 'aes' : encryption.format, 'key-secret': secrets[0] } };
}

/** What an RBD image is told of the encryption of itself and of those that it was cloned from. */
const rbdDecryption = (layer: Layer, secrets: readonly string[]): Node =>
  byLibrbd(layer)
    ? secrets.reduceRight<Node>(
        (parent, id) => ({
          encrypt: {
            format: layer.encryption?.format,
            'key-secret': id,
            ...('encrypt' in parent && { parent: parent['encrypt'] }),
          },
        }),
        {},
      )
    : {};

/** Secrets and TLS credentials of one layer: objects, and their ids. */
function credentials(layer: Layer, name: string, runDir: string) {
  const auth = layer.network?.auth?.secret;
  const keys = layer.encryption?.secrets ?? [];
  const tls = layer.network?.tls ? `${name}-tls` : undefined;
  const own = (secret: { name: string; key?: string | undefined }, what: string) => ({
    id: `${name}-${what}-${secretId(secret)}`,
    secret,
  });
  const login = auth && own(auth, 'auth');
  const passphrases = keys.map((key, index) => own(key, `key${index}`));
  const objects = [...(login ? [login] : []), ...passphrases].flatMap(({ id, secret }) =>
    secretObject(runDir, id, secret),
  );
  const helper = 'reservations' in layer && layer.reservations ? `${name}-reservations` : undefined;
  const reservations =
    helper === undefined ? [] : object({ 'qom-type': 'pr-manager-helper', id: helper, path: layerHelper(layer) });
  const x509 =
    tls === undefined
      ? []
      : object({ 'qom-type': 'tls-creds-x509', id: tls, dir: TLS_FOLDER, endpoint: 'client', 'verify-peer': true });
  return {
    objects: [...x509, ...reservations, ...objects],
    helper,
    login: login?.id,
    tls,
    passphrases: passphrases.map(({ id }) => id),
  };
}

/** Socket of the helper: the one that is named, else the node's own. Source: `qemu-pr-helper` of qemu's manual */
const layerHelper = (layer: Layer): string =>
  ('reservations' in layer ? layer.reservations?.path : undefined) ?? '/run/qemu-pr-helper.sock';

/** The nodes of one layer, lowest first: the place, a slice of it, its format. A raw format adds nothing and is left out. */
function layerNodes(layer: Layer, name: string, flags: Flags, links: Node): Chain {
  const held = credentials(layer, name, flags.runDir);
  const options: PlaceOptions = {
    readOnly: flags.readOnly,
    floppy: flags.disk.device === 'floppy',
    secret: held.login,
    tls: held.tls,
    reservations: held.helper,
  };
  const place = { ...protocolNode(layer, options), ...rbdDecryption(layer, held.passphrases), ...aio(layer, flags) };
  const format = driverOf(layer.format);
  const plain = format === 'raw' && Object.keys(links).length === 0 && !isLuks(layer);
  const nodes: Node[] = [];
  const add = (node: Node, last: boolean, suffix: string): string => {
    const id = last ? name : partNode(flags.disk.name, `${flags.part}${suffix}`);
    nodes.push({ ...node, 'node-name': id, ...(last ? { ...effective(flags), ...cached(flags) } : below(flags)) });
    return id;
  };
  let file = add(place, plain && !layer.slice, 'f');
  if (layer.slice) file = add({ driver: 'raw', file, ...layer.slice }, plain, 's');
  if (!plain)
    add(
      { driver: format, file, ...formatOptions(layer, flags), ...decryption(layer, held.passphrases), ...links },
      true,
      '',
    );
  return { objects: held.objects, nodes };
}

const aio = (layer: Layer, { disk }: Flags): Node => ((layer.file || layer.block) && disk.io ? { aio: disk.io } : {});

const formatOptions = (layer: Layer, { disk }: Flags): Node => ({
  ...(layer.metadataCacheBytes !== undefined && { 'cache-size': layer.metadataCacheBytes }),
  ...(disk.discardNoUnref && { 'discard-no-unref': true }),
});

/** Every file of a source, lowest first. Nothing is guessed: each file is opened as what the spec says it is. */
export function sourceChain(disk: Disk, source: DiskSource, runDir: string, caching: Caching | undefined): Chain {
  const readOnly = disk.readOnly || disk.device === 'cdrom';
  const layers: readonly Layer[] = [source, ...(source.backing ?? [])];
  const chains = layers.map((layer, index) => {
    const flags: Flags = { readOnly: readOnly || index > 0, disk, runDir, caching, part: String(index) };
    const dataName = partNode(disk.name, `${index}d`);
    const data = layer.dataFile && layerNodes(layer.dataFile, dataName, { ...flags, part: `${index}d` }, {});
    const links = { ...(data && { 'data-file': dataName }), ...backingOf(disk, source, layer, index) };
    const own = layerNodes(layer, nodeOf(disk, index), flags, links);
    return { objects: [...(data?.objects ?? []), ...own.objects], nodes: [...(data?.nodes ?? []), ...own.nodes] };
  });
  const lowestFirst = chains.toReversed();
  return { objects: lowestFirst.flatMap(({ objects }) => objects), nodes: lowestFirst.flatMap(({ nodes }) => nodes) };
}

const nodeOf = (disk: Disk, index: number): string =>
  index === 0 ? diskNode(disk.name) : partNode(disk.name, String(index));

/** An overlay names the file below it; a chain that is said to end is not looked further into. */
function backingOf(
  disk: Disk,
  { backing = [], standalone }: DiskSource,
  { format = 'raw' }: Layer,
  index: number,
): Node {
  if (index < backing.length) return { backing: nodeOf(disk, index + 1) };
  return standalone && format !== 'raw' ? { backing: null } : {};
}
