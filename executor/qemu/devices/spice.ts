import type { Board } from '../board.ts';

type Spice = NonNullable<Board['spec']['graphics'][number]['spice']>;
type Value = string | number | boolean | undefined;
type Options = Readonly<Record<string, Value>>;

/** Where the certificates of the node are. Source: https://libvirt.org/kbase/tlscerts.html */
const TLS_FOLDER = '/etc/pki/libvirt-spice';

function place(
  { socket, address, port, tlsPort, autoPort, closed }: Spice,
  own: string,
  automatic: number | undefined,
): Options {
  if (closed) return { port: 0 };
  const open = address !== undefined || port !== undefined || tlsPort !== undefined || autoPort;
  if (socket?.path !== undefined || !open) return { unix: true, addr: socket?.path ?? own };
  return {
    port: port ?? automatic ?? (tlsPort === undefined ? 0 : undefined),
    'tls-port': tlsPort,
    addr: address ?? '127.0.0.1',
  };
}

/** Which channels are encrypted: qemu takes one option for each, all of the same name. */
const modeName = { secure: 'tls-channel', insecure: 'plaintext-channel', any: undefined } as const;

function channels({ defaultMode, channels: list = [] }: Spice): (readonly [string, Value])[] {
  const said = [...(defaultMode && defaultMode !== 'any' ? [{ name: 'default', mode: defaultMode }] : []), ...list];
  return said.flatMap(({ name, mode }) => {
    const option = modeName[mode];
    return option === undefined ? [] : [[option, name] as const];
  });
}

/** Options of `-spice`, some of them more than once. */
export function spiceOptions(spice: Spice, own: string, automatic: number | undefined): (readonly [string, Value])[] {
  const once: Options = {
    ...place(spice, own, automatic),
    'disable-ticketing': true,
    'x509-dir': spice.tlsPort === undefined ? undefined : TLS_FOLDER,
    'agent-mouse': spice.mouse === undefined ? undefined : spice.mouse === 'client',
    'image-compression': spice.imageCompression,
    'jpeg-wan-compression': spice.jpegCompression,
    'zlib-glz-wan-compression': spice.zlibCompression,
    'playback-compression': spice.playbackCompression,
    'streaming-video': spice.streaming,
    'disable-copy-paste': spice.clipboard === false ? true : undefined,
    'disable-agent-file-xfer': spice.fileTransfer === false ? true : undefined,
    gl: spice.gl,
    rendernode: spice.renderNode,
    'seamless-migration': true,
  };
  return [...Object.entries(once), ...channels(spice)];
}
