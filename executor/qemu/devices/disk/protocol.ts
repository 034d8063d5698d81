import type { DiskLayer, DiskSource } from '../../../../schemas/kinds/machine/disk/source.ts';

export type Layer = Omit<DiskSource, 'backing' | 'standalone'> | DiskLayer;
type Network = NonNullable<DiskLayer['network']>;
type Properties = { readonly driver: string; readonly [property: string]: unknown };

/** What a place needs beside itself. */
export interface PlaceOptions {
  readonly readOnly: boolean;
  readonly floppy: boolean;
  /** Ids of objects made for it: a secret and TLS credentials. */
  readonly secret?: string | undefined;
  readonly tls?: string | undefined;
  /** Id of the helper that keeps SCSI reservations. */
  readonly reservations?: string | undefined;
}

const PORTS = {
  nbd: 10809,
  iscsi: 3260,
  gluster: 24007,
  sheepdog: 7000,
  http: 80,
  https: 443,
  ftp: 21,
  ftps: 990,
  tftp: 69,
  ssh: 22,
  vxhs: 9999,
  nfs: 2049,
  rbd: 6789,
} as const satisfies Record<Network['protocol'], number>;

type Host = NonNullable<Network['hosts']>[number];

const hostsOf = ({ hosts = [] }: Network): readonly Host[] => hosts;

/** qemu's SocketAddress of a server; ports are strings there. */
function address(host: Host | undefined, protocol: Network['protocol']): Record<string, string> {
  if (host?.socket !== undefined) return { type: 'unix', path: host.socket };
  return { type: 'inet', host: host?.name ?? 'localhost', port: String(host?.port ?? PORTS[protocol]) };
}

/** The same without its type, for drivers that know only one. */
function inetAddress(host: Host | undefined, protocol: Network['protocol']): Record<string, string> {
  const { type: _, ...rest } = address(host, protocol);
  return rest;
}

const bracketed = (name: string): string => (name.includes(':') ? `[${name}]` : name);
const portal = (host: Host | undefined, protocol: Network['protocol']): string =>
  `${bracketed(host?.name ?? 'localhost')}:${host?.port ?? PORTS[protocol]}`;

const splitAt = (text: string, at: number): [string, string] =>
  at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
const afterFirst = (text: string): [string, string] => splitAt(text, text.indexOf('/'));

function url(network: Network, options: PlaceOptions): Properties {
  const { protocol, name = '', query, readaheadBytes, timeoutSeconds, verifyCertificate, auth } = network;
  const path = name.startsWith('/') ? name : `/${name}`;
  return {
    driver: protocol,
    url: `${protocol}://${portal(hostsOf(network)[0], protocol)}${path}${query === undefined ? '' : `?${query}`}`,
    username: auth?.user,
    'password-secret': options.secret,
    readahead: readaheadBytes,
    timeout: timeoutSeconds,
    sslverify: verifyCertificate,
  };
}

/** `POOL/IMAGE` or `POOL/NAMESPACE/IMAGE`. */
function rbd(network: Network, options: PlaceOptions): Properties {
  const [pool, rest] = afterFirst(network.name ?? '');
  const [first, second] = afterFirst(rest);
  const server = hostsOf(network).map((host) => ({ host: host.name, port: String(host.port ?? PORTS.rbd) }));
  return {
    driver: 'rbd',
    pool,
    ...(second === '' ? { image: first } : { namespace: first, image: second }),
    snapshot: network.snapshot,
    conf: network.configFile,
    server: server.length > 0 ? server : undefined,
    user: network.auth?.user,
    ...(options.secret !== undefined && { 'auth-client-required': ['cephx', 'none'], 'key-secret': options.secret }),
  };
}

/** libvirt's level of debugging, without which qemu logs less than an administrator expects. */
const GLUSTER_DEBUG = 4;

const PROTOCOLS = {
  nbd: (network, { tls }) => ({
    driver: 'nbd',
    server: address(hostsOf(network)[0], 'nbd'),
    export: network.name,
    'tls-creds': tls,
    'tls-hostname': network.tlsHostname,
    'reconnect-delay': network.reconnectDelaySeconds,
  }),
  rbd,
  iscsi: (network, { secret }) => {
    const [target, lun] = splitAt(network.name ?? '', (network.name ?? '').lastIndexOf('/'));
    return {
      driver: 'iscsi',
      portal: portal(hostsOf(network)[0], 'iscsi'),
      target,
      lun: lun === '' ? 0 : Number(lun),
      transport: 'tcp',
      user: network.auth?.user,
      'password-secret': secret,
      'initiator-name': network.initiator,
    };
  },
  gluster: (network) => {
    const [volume, path] = afterFirst(network.name ?? '');
    return {
      driver: 'gluster',
      volume,
      path,
      server: hostsOf(network).map((host) => address(host, 'gluster')),
      debug: GLUSTER_DEBUG,
    };
  },
  sheepdog: (network) => ({ driver: 'sheepdog', server: address(hostsOf(network)[0], 'sheepdog'), vdi: network.name }),
  vxhs: (network, { tls }) => ({
    driver: 'vxhs',
    'tls-creds': tls,
    'vdisk-id': network.name,
    server: inetAddress(hostsOf(network)[0], 'vxhs'),
  }),
  http: url,
  https: url,
  ftp: url,
  ftps: url,
  tftp: url,
  ssh: (network) => ({
    driver: 'ssh',
    path: network.name,
    server: inetAddress(hostsOf(network)[0], 'ssh'),
    user: network.user ?? network.auth?.user,
  }),
  nfs: (network) => ({
    driver: 'nfs',
    server: { host: hostsOf(network)[0]?.name, type: 'inet' },
    path: network.name?.startsWith('/') ? network.name : `/${network.name ?? ''}`,
    user: network.user === undefined ? undefined : Number(network.user.replace(/^\+/, '')),
    group: network.group === undefined ? undefined : Number(network.group.replace(/^\+/, '')),
  }),
} satisfies Record<Network['protocol'], (network: Network, options: PlaceOptions) => Properties>;

/** qemu's block driver for a place outside the pools. Source: `BlockdevOptions` of docs/interop/qemu-qmp-ref. */
export function protocolNode(layer: Layer, options: PlaceOptions): Properties {
  if (layer.file) return { driver: 'file', filename: layer.file.path };
  if (layer.block) return { driver: 'host_device', filename: layer.block.path, 'pr-manager': options.reservations };
  if (layer.network) return PROTOCOLS[layer.network.protocol](layer.network, options);
  if (layer.nvme) return { driver: 'nvme', device: layer.nvme.address, namespace: layer.nvme.namespace };
  if (layer.vhostVdpa) return { driver: 'virtio-blk-vhost-vdpa', path: layer.vhostVdpa.path };
  return { driver: 'vvfat', dir: layer.directory?.path, floppy: options.floppy, rw: !options.readOnly };
}
