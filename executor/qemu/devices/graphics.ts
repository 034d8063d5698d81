import type { Board } from '../board.ts';
import { keyValues, option } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { displaySocket } from '../sockets.ts';
import { audioOf } from './audio.ts';
import { spiceOptions } from './spice.ts';

export type Graphic = Board['spec']['graphics'][number];
type Vnc = NonNullable<Graphic['vnc']>;
type DBus = NonNullable<Graphic['dbus']>;

const FIRST_VNC_PORT = 5900;
/** A machine may have a display of each kind. */
const FIRST_SPICE_PORT = 5901;
const FIRST_WEB_SOCKET_PORT = 5700;

/** Whether a display is where the spec says, and not on the executor's own socket. */
export const listensOpenly = ({ address, port, autoPort, socket }: Vnc): boolean =>
  socket?.path !== undefined || address !== undefined || port !== undefined || autoPort === true;

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** TCP ports that displays share among themselves: the n-th automatic one is the n-th from the first. */
function autoPort({ input, spec }: Board, index: number): number {
  const earlier = spec.graphics.slice(0, index);
  const taken = earlier.filter(({ vnc, spice }) => (vnc ?? spice)?.autoPort).length;
  return (
    input.displayPorts?.[spec.graphics[index]?.name ?? ''] ??
    (spec.graphics[index]?.spice ? FIRST_SPICE_PORT : FIRST_VNC_PORT) + taken
  );
}

function vncAddress(board: Board, vnc: Vnc, index: number): string {
  if (vnc.closed) return 'none';
  if (vnc.socket?.path !== undefined || !listensOpenly(vnc)) {
    return `unix:${vnc.socket?.path ?? displaySocket(board.input.runDir, index)}`;
  }
  const port = vnc.port ?? autoPort(board, index);
  return `${bracketed(vnc.address ?? '127.0.0.1')}:${port - FIRST_VNC_PORT}`;
}

function vncArguments(board: Board, vnc: Vnc, index: number): string[] {
  const web = vnc.webSocketPort ?? (vnc.webSocketAutoPort ? FIRST_WEB_SOCKET_PORT + index : undefined);
  const options = {
    websocket: web,
    share: vnc.sharePolicy,
    'power-control': vnc.powerControl,
    audiodev: audioOf(board, vnc.audio),
  };
  // The first word of `-vnc` may hold an equals sign only where it is named.
  const place = vncAddress(board, vnc, index);
  const text = place.includes('=') ? keyValues({ vnc: place, ...options }) : option(place, options);
  return ['-vnc', text, ...(vnc.keymap ? ['-k', vnc.keymap] : [])];
}

const dbusArguments = (board: Board, dbus: DBus): string[] => [
  '-display',
  option('dbus', {
    p2p: dbus.peerToPeer,
    addr: dbus.peerToPeer ? undefined : (dbus.address ?? `unix:path=${board.input.runDir}/dbus.sock`),
    gl: dbus.gl,
    rendernode: dbus.renderNode,
    audiodev: audioOf(board, dbus.audio),
  }),
];

const joined = (options: readonly (readonly [string, string | number | boolean | undefined])[]): string =>
  options
    .map(([key, value]) => keyValues({ [key]: value }))
    .filter((text) => text !== '')
    .join(',');

function display(board: Board, graphic: Graphic, index: number): string[] {
  if (graphic.vnc) return vncArguments(board, graphic.vnc, index);
  if (graphic.spice) {
    const port = graphic.spice.autoPort ? autoPort(board, index) : undefined;
    return [
      '-spice',
      joined(spiceOptions(graphic.spice, displaySocket(board.input.runDir, index), port)),
      ...(graphic.spice.keymap ? ['-k', graphic.spice.keymap] : []),
    ];
  }
  if (graphic.dbus) return dbusArguments(board, graphic.dbus);
  return ['-display', option('egl-headless', { rendernode: graphic.eglHeadless?.renderNode })];
}

/** No window of qemu's own; each display is a socket that only the executor reaches, or where the spec says. */
export function graphicsArguments(board: Board): string[] {
  const { graphics } = board.spec;
  if (graphics.filter(({ spice }) => spice).length > 1)
    throw new Refusal('TooManyDevices', 'spec.graphics', 'qemu has one SPICE display, not more');
  const shown = graphics.some(({ dbus, eglHeadless }) => dbus ?? eglHeadless);
  return [
    ...(shown ? [] : ['-display', 'none']),
    ...graphics.flatMap((graphic, index) => display(board, graphic, index)),
  ];
}
