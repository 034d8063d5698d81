import type { CharacterBackend } from '../../../schemas/kinds/machine/devices/character.ts';
import { object, option } from '../options.ts';

/** A unix socket that qemu listens on. */
export const socketChardev = (id: string, path: string): string[] => [
  '-chardev',
  option('socket', { id, path, server: true, wait: false }),
];

/**
 * A terminal: what the guest writes goes to the log, what it reads comes from the named pipe `<pipe>.in`, which qemu holds open
 * at both ends, so that it never ends; `<pipe>.out` is /dev/null. A socket will not do: where its client is slow, qemu 7.2
 * logs bytes twice (chardev/char.c logs all of a write that was refused with EAGAIN, then once more when it is repeated).
 */
export const terminalChardev = (id: string, pipe: string, logfile: string): string[] => [
  '-chardev',
  option('pipe', { id, path: pipe, logfile, logappend: true }),
];

type Value = string | number | boolean | undefined;
type Options = Readonly<Record<string, Value>>;
type Variant = keyof CharacterBackend;

interface Log {
  readonly path: string;
  readonly append?: boolean | undefined;
}

const server = (mode: 'listen' | 'connect', reconnect: number | undefined): Options =>
  mode === 'listen' ? { server: true, wait: false } : { reconnect: reconnect || undefined };

/** Where the certificates of the node are. Source: https://libvirt.org/kbase/tlscerts.html */
const TLS_FOLDER = '/etc/pki/qemu';

const tlsObject = (id: string, listens: boolean): string[] =>
  object({
    'qom-type': 'tls-creds-x509',
    id,
    dir: TLS_FOLDER,
    endpoint: listens ? 'server' : 'client',
    'verify-peer': true,
  });

type Built = readonly [type: string, options: Options];

/** qemu's character device for each backend. Source: `-chardev` of qemu's manual */
const BACKENDS: {
  readonly [V in Variant]: (backend: NonNullable<CharacterBackend[V]>, tls: string, parallel: boolean) => Built;
} = {
  pty: () => ['pty', {}],
  null: () => ['null', {}],
  virtualConsole: () => ['vc', {}],
  stdio: () => ['stdio', {}],
  device: ({ path }, _, parallel) => [parallel ? 'parallel' : 'serial', { path }],
  file: ({ path, append = true }) => ['file', { path, append }],
  pipe: ({ path }) => ['pipe', { path }],
  tcp: ({ mode, host, port, protocol, tls, reconnectSeconds }, credentials) => [
    'socket',
    {
      host: host ?? '',
      port,
      telnet: protocol === 'telnet' || protocol === 'telnets' ? true : undefined,
      ...server(mode, reconnectSeconds),
      'tls-creds': tls ? credentials : undefined,
    },
  ],
  udp: ({ host, port, bindHost, bindPort }) => [
    'udp',
    {
      host,
      port,
      ...((bindHost !== undefined || bindPort !== undefined) && {
        localaddr: bindHost ?? '',
        localport: bindPort ?? 0,
      }),
    },
  ],
  unix: ({ mode, path, reconnectSeconds }) => ['socket', { path, ...server(mode, reconnectSeconds) }],
  spiceVmc: () => ['spicevmc', { name: 'vdagent' }],
  spicePort: ({ channel }) => ['spiceport', { name: channel }],
  vdAgent: ({ clipboard, mouse }) => [
    'qemu-vdagent',
    { name: 'vdagent', clipboard, mouse: mouse === undefined ? undefined : mouse === 'client' },
  ],
  dbus: ({ channel }) => ['dbus', { name: channel ?? 'org.vmctl.channel' }],
};

interface Wanted {
  readonly backend: CharacterBackend;
  readonly log?: Log | undefined;
  /** A port for printers is opened in another way. */
  readonly parallel?: boolean;
  /** Name of a SPICE channel, where it is not the agent's; of one of D-Bus, where the spec gives none. */
  readonly spiceName?: string;
  readonly dbusName?: string;
}

/** The other end of a character device as the spec says. */
export function chardevArguments(
  id: string,
  { backend, log, parallel = false, spiceName, dbusName }: Wanted,
): string[] {
  const variant = (Object.keys(BACKENDS) as Variant[]).find((one) => backend[one] !== undefined) ?? 'null';
  const build = BACKENDS[variant] as (backend: unknown, tls: string, parallel: boolean) => Built;
  const tls = `tls-${id}`;
  const [type, options] = build(backend[variant], tls, parallel);
  const usual =
    variant === 'spiceVmc' ? spiceName : backend.dbus?.channel === undefined && backend.dbus ? dbusName : undefined;
  const named = usual === undefined ? {} : { name: usual };
  const logged = log ? { logfile: log.path, logappend: log.append ?? true } : {};
  return [
    ...(backend.tcp?.tls ? tlsObject(tls, backend.tcp.mode === 'listen') : []),
    ...['-chardev', option(type, { id, ...options, ...named, ...logged })],
  ];
}
