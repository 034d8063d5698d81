import type { Resources } from './resources.ts';

export type Properties = Map<string, string>;

/** What becomes of an option: other properties, or nothing. */
export type StandIn = (properties: Properties, resources: Resources) => Properties | undefined;

/** Devices of the host, and those that a helper program serves. */
const HOST_DEVICES =
  /^(vfio-.*|usb-host|vhost-.*|scsi-generic|scsi-block|tpm-.*|input-linux|ipmi-bmc-extern|nvme-ns|ccid-card-emulated|u2f-passthru|sgx-.*)/;

const with_ = (properties: Properties, changes: Readonly<Record<string, string | undefined>>): Properties => {
  const made = new Map(properties);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) made.delete(key);
    else made.set(key, value);
  }
  return made;
};

/** The same map where nothing is taken away. */
const without = (properties: Properties, keys: RegExp): Properties =>
  [...properties.keys()].some((key) => keys.test(key))
    ? new Map([...properties].filter(([key]) => !keys.test(key)))
    : properties;

const LAYERS = /^(raw|qcow2?|qed|vmdk|vdi|vhdx|vpc|parallels|throttle|copy-on-read)$/;

/** Images are made in the format of the layer above; see `formats`. */
export const blockdev = (
  properties: Properties,
  resources: Resources,
  formats: ReadonlyMap<string, string>,
  flash: ReadonlyMap<string, boolean>,
): Properties => {
  const driver = properties.get('driver') ?? '';
  const node = properties.get('node-name') ?? '';
  const common = without(properties, /^(encrypt|key-secret|password-secret|cookie-secret)/);
  if (driver === 'luks') return with_(common, { driver: 'raw' });
  if (LAYERS.test(driver)) return common;
  const written = flash.get(node);
  const path =
    written === undefined
      ? resources.image(formats.get(node) ?? 'raw')
      : (resources.firmware(written) ?? resources.image('raw'));
  const kept = [...common].filter(([key]) =>
    /^(node-name|read-only|auto-read-only|discard|detect-zeroes|cache\.|aio$)/.test(key),
  );
  return new Map([...kept, ['driver', 'file'], ['filename', path]]);
};

const object: StandIn = (properties, resources) => {
  const type = properties.get('qom-type') ?? '';
  if (/^(tls-creds|sev|tdx|pr-manager|input-linux|memory-backend-epc|iommufd|rng-egd|can-)/.test(type))
    return undefined;
  if (type === 'secret')
    return new Map([
      ['qom-type', type],
      ['id', properties.get('id') ?? ''],
      ['data', 'eA=='],
    ]);
  if (type === 'rng-random') return with_(properties, { filename: '/dev/urandom' });
  if (!type.startsWith('memory-backend')) return properties;
  const kept = without(
    properties,
    /^(hugetlb|hugetlbsize|host-nodes|policy|prealloc|node-affinity|mem-path|reserve|thread-context)/,
  );
  return type === 'memory-backend-file'
    ? with_(kept, { 'mem-path': resources.folder() })
    : with_(kept, { reserve: 'off' });
};

const chardev: StandIn = (properties, resources) => {
  const [id, backend] = [properties.get('id') ?? '', properties.get('backend') ?? properties.get('backend.type') ?? ''];
  if (/^(spicevmc|spiceport|qemu-vdagent|vdagent)$/.test(backend)) return properties;
  const isServer = (properties.get('server') ?? properties.get('backend.data.server')) === 'on';
  return backend === 'socket' && isServer
    ? new Map([
        ['backend', 'socket'],
        ['id', id],
        ['path', resources.path('.sock')],
        ['server', 'on'],
        ['wait', 'off'],
      ])
    : new Map([
        ['backend', 'null'],
        ['id', id],
      ]);
};

/** What stands for the host's things in an option, by its name. */
export const STAND_INS: Readonly<Record<string, StandIn>> = {
  object,
  chardev,
  cpu: (properties) =>
    properties.get('model') === 'host' ? with_(properties, { model: 'max', migratable: undefined }) : properties,
  machine: (properties) => without(properties, /^(accel|kernel_irqchip|kernel-irqchip|confidential-guest-support)$/),
  netdev: (properties) =>
    new Map([
      ['type', 'user'],
      ['id', properties.get('id') ?? ''],
    ]),
  audiodev: (properties) =>
    new Map([
      ['id', properties.get('id') ?? ''],
      ['driver', 'none'],
    ]),
  vnc: (properties, resources) =>
    with_(without(properties, /^(tls-creds|sasl|websocket)/), { vnc: `unix:${resources.path('.vnc')}` }),
  spice: (properties, resources) =>
    with_(without(properties, /^(port|tls-port|addr|x509|tls-channel|plaintext-channel|rendernode|gl|sasl)/), {
      unix: 'on',
      addr: resources.path('.spice'),
      'disable-ticketing': 'on',
    }),
  display: () => new Map([['type', 'none']]),
  fsdev: (properties, resources) => with_(properties, { path: resources.folder() }),
  smbios: (properties, resources) =>
    properties.has('file') ? with_(properties, { file: resources.file() }) : properties,
  fw_cfg: (properties, resources) =>
    properties.has('file') ? with_(properties, { file: resources.file() }) : properties,
  drive: (properties, resources) => with_(properties, { file: resources.image(properties.get('format') ?? 'raw') }),
  device: (properties, resources) =>
    HOST_DEVICES.test(properties.get('driver') ?? '')
      ? undefined
      : properties.has('rootdir')
        ? with_(properties, { rootdir: resources.folder() })
        : without(properties, /^(romfile|tls-creds|vhostfd|rendernode)$/),
};
