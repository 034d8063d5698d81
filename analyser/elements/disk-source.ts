import { aside, one } from '../table/children.ts';
import { fieldOf, ignored, refused, same, selector } from '../table/rule.ts';
import { later } from '../table/scoped.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { address, whole } from '../values/numbers.ts';
import { hostPath, matching, text } from '../values/texts.ts';
import { wordOf, yesNo } from '../values/words.ts';
import { hosts } from './disk-hosts.ts';
import { dataStore } from './disk-layer.ts';
import { auth, encryption } from './disk-secrets.ts';
import type { LayerDraft, PlaceType } from './draft.ts';

const layer = fieldOf<LayerDraft>();
/** A rule for a field of the source, shown as such. */
const at = <V>(path: Parameters<typeof layer<V>>[0], codec: Parameters<typeof layer<V>>[1]) =>
  layer<V>(path, codec, { field: path.replace(/^spec/, 'spec.source') });

const slice = one<LayerDraft>({
  children: {
    slice: one(
      {
        attributes: {
          type: selector('storage', 'spec.source.slice'),
          offset: at('spec.slice.offset', whole()),
          size: at('spec.slice.size', whole(1)),
        },
      },
      ({ spec }) => spec.slice !== undefined,
    ),
  },
});

const index = ignored('libvirt numbers the files of a running machine', whole());
const LABELS = 'labels of the host’s security are the host’s own';

const common: Readonly<Record<string, Child<LayerDraft>>> = {
  slices: slice,
  encryption,
  seclabel: aside({ whole: ignored(LABELS) }),
  privateData: aside({ whole: ignored('what libvirt remembers of a running machine') }),
  reservations: later(() => reservations),
  dataStore: later(() => dataStore),
};

/** `<reservations>`: who keeps SCSI reservations for the guest. */
const reservations = one<LayerDraft>({
  attributes: { managed: at('spec.reservations.managed', yesNo) },
  children: {
    source: one(
      {
        attributes: {
          type: selector('unix', 'spec.source.reservations'),
          path: at('spec.reservations.path', hostPath),
          mode: selector('client', 'spec.source.reservations'),
        },
      },
      ({ spec }) => spec.reservations?.path !== undefined,
    ),
  },
});

const startupPolicy = ignored(
  'a medium that is not there is told when the machine starts',
  wordOf('mandatory', 'requisite', 'optional'),
);

const PROTOCOLS = [
  'nbd',
  'rbd',
  'iscsi',
  'gluster',
  'sheepdog',
  'http',
  'https',
  'ftp',
  'ftps',
  'tftp',
  'ssh',
  'nfs',
  'vxhs',
] as const;

const cookies = 'a cookie can be read by everybody here; serve the disk without';

const network: ElementTable<LayerDraft> = {
  attributes: {
    protocol: at('spec.network.protocol', wordOf(...PROTOCOLS)),
    name: at('spec.network.name', text()),
    query: at('spec.network.query', text()),
    tls: at('spec.network.tls', yesNo),
    tlsFromConfig: ignored('where a running machine has its TLS from', wordOf('0', '1')),
    tlsHostname: at('spec.network.tlsHostname', text(255)),
    index,
    startupPolicy,
  },
  children: {
    ...common,
    host: hosts,
    snapshot: one({ attributes: { name: at('spec.network.snapshot', text(255)) } }),
    config: one({ attributes: { file: at('spec.network.configFile', hostPath) } }),
    auth,
    initiator: one({ children: { iqn: one({ attributes: { name: at('spec.network.initiator', text(223)) } }) } }),
    ssl: one({ attributes: { verify: at('spec.network.verifyCertificate', yesNo) } }),
    cookies: aside({ whole: refused(cookies) }),
    readahead: one({ attributes: { size: at('spec.network.readaheadBytes', whole()) } }),
    timeout: one({ attributes: { seconds: at('spec.network.timeoutSeconds', whole()) } }),
    reconnect: one({ attributes: { delay: at('spec.network.reconnectDelaySeconds', whole(0, 0xffffffff)) } }),
    knownHosts: one({ attributes: { path: at('spec.network.knownHosts', hostPath) } }),
    identity: one({
      attributes: {
        user: at('spec.network.user', text(64)),
        group: at('spec.network.group', text(64)),
        username: at('spec.network.user', text(64)),
        keyfile: at('spec.network.keyFile', hostPath),
      },
    }),
  },
};

const POOL = 'the pool says how its volumes are reached';
const poolName = matching(/^[^/\n]{1,255}$/, 'name of a pool');

const tables = {
  empty: { attributes: { startupPolicy, file: same('no medium', ''), dev: same('no medium', '') }, children: common },
  file: { attributes: { file: at('spec.file.path', hostPath), index, startupPolicy }, children: common },
  block: {
    attributes: { dev: at('spec.block.path', hostPath), index, startupPolicy },
    children: common,
  },
  dir: { attributes: { dir: at('spec.directory.path', hostPath), index, startupPolicy }, children: common },
  volume: {
    attributes: {
      pool: layer('volume.pool', poolName, { field: 'spec.disk.name' }),
      volume: layer('volume.name', text(255), {
        field: 'spec.disk.name',
        reason: 'the VirtualMachineDisk must be there',
      }),
      mode: ignored(POOL, wordOf('host', 'direct')),
      actualType: ignored(POOL, wordOf('file', 'block', 'dir', 'network')),
      file: ignored(POOL, hostPath),
      dev: ignored(POOL, hostPath),
      index,
      startupPolicy,
    },
    children: common,
  },
  network,
  nvme: {
    attributes: {
      type: same('the only kind', 'pci'),
      managed: at('spec.nvme.managed', yesNo),
      namespace: at('spec.nvme.namespace', whole(1, 0xfffffffe)),
      index,
    },
    children: {
      ...common,
      address: one({
        attributes: {
          type: same('the only kind', 'pci'),
          domain: layer('nvme.domain', address(0xffff), { field: 'spec.source.nvme.address' }),
          bus: layer('nvme.bus', address(0xff), { field: 'spec.source.nvme.address' }),
          slot: layer('nvme.slot', address(0x1f), { field: 'spec.source.nvme.address' }),
          function: layer('nvme.function', address(7), { field: 'spec.source.nvme.address' }),
        },
      }),
    },
  },
  vhostuser: {
    attributes: { type: same('the only kind', 'unix'), path: at('spec.vhostUser.path', hostPath), index },
    children: {
      ...common,
      reconnect: one({
        attributes: {
          enabled: same('said by its timeout', 'yes', 'no'),
          timeout: at('spec.vhostUser.reconnectSeconds', whole(0, 0x7fffffff)),
        },
      }),
    },
  },
  vhostvdpa: { attributes: { dev: at('spec.vhostVdpa.path', hostPath), index }, children: common },
} satisfies Record<PlaceType, ElementTable<LayerDraft>>;

/** `<source>` of a disk, by the disk's type. */
export const sourceTable = (type: PlaceType): ElementTable<LayerDraft> => tables[type];
