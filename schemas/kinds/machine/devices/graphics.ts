import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { listAtomic } from '../../../types/list-map.ts';
import { hostPath, port } from '../../../types/primitives.ts';
import { line } from '../disk/location.ts';
import { named } from './named.ts';

/** Where a display listens besides the executor's own socket, which it then does without. */
const listen = {
  socket: z
    .object({ path: hostPath().describe("Socket on the node; the machine's own where nothing is given.").optional() })
    .describe('Listen on a unix socket.')
    .optional(),
  closed: z.boolean().describe('Listen nowhere: clients are handed over one by one.').optional(),
  address: line(255).describe('Address of the node to listen on.').optional(),
  port: port().describe('TCP port to listen on.').optional(),
  autoPort: z.boolean().describe('Listen on the first TCP port from 5900 that is free.').optional(),
  keymap: line(64).describe("Layout of the client's keyboard.").optional(),
  audio: z.int().min(1).max(0xffff).describe('Number of the audio backend that the client hears.').optional(),
};

const vnc = z.object({
  ...listen,
  webSocketPort: port().describe('TCP port for web sockets.').optional(),
  webSocketAutoPort: z.boolean().describe('Web sockets on the first TCP port from 5700 that is free.').optional(),
  sharePolicy: z
    .enum(['allow-exclusive', 'force-shared', 'ignore'])
    .describe('Whether a client may have the display for itself.')
    .optional(),
  powerControl: z.boolean().describe('Clients may shut the machine down and reset it.').optional(),
});

const compression = z.enum(['auto', 'never', 'always']);

const channelMode = z.object({
  name: z
    .enum(['main', 'display', 'inputs', 'cursor', 'playback', 'record', 'smartcard', 'usbredir'])
    .describe('Channel.'),
  mode: z.enum(['any', 'secure', 'insecure']).describe('Whether it is encrypted.'),
});

const spice = z.object({
  ...listen,
  tlsPort: port().describe('TCP port for TLS.').optional(),
  defaultMode: z.enum(['any', 'secure', 'insecure']).describe('Whether channels are encrypted.').optional(),
  channels: listAtomic(z.array(channelMode).max(16)).describe('Channels that differ from that.').optional(),
  imageCompression: z
    .enum(['auto_glz', 'auto_lz', 'quic', 'glz', 'lz', 'off'])
    .describe('How pictures are compressed.')
    .optional(),
  jpegCompression: compression.describe('JPEG for pictures over slow lines.').optional(),
  zlibCompression: compression.describe('Zlib for pictures over slow lines.').optional(),
  playbackCompression: z.boolean().describe('Compress sound.').optional(),
  streaming: z.enum(['filter', 'all', 'off']).describe('Which moving pictures become a stream.').optional(),
  clipboard: z.boolean().describe('Share the clipboard; it is where nothing is given.').optional(),
  mouse: z.enum(['client', 'server']).describe('Who moves the pointer.').optional(),
  fileTransfer: z
    .boolean()
    .describe('Let files be dropped on the display; they may where nothing is given.')
    .optional(),
  gl: z.boolean().describe('Draw with OpenGL on the node.').optional(),
  renderNode: hostPath().describe('Device that draws, /dev/dri/renderD128.').optional(),
});

const dbus = z.object({
  peerToPeer: z.boolean().describe('Clients are handed over one by one.').optional(),
  address: line(1024).describe('Bus of the node; one of the machine’s own where nothing is given.').optional(),
  gl: z.boolean().describe('Draw with OpenGL on the node.').optional(),
  renderNode: hostPath().describe('Device that draws.').optional(),
  audio: listen.audio,
});

export const graphic = exactlyOneOf(
  z.object({
    ...named,
    vnc: vnc
      .describe('VNC, on a unix socket that only the executor reaches unless it says where to listen.')
      .optional(),
    spice: spice
      .describe('SPICE, on a unix socket that only the executor reaches unless it says where to listen.')
      .optional(),
    dbus: dbus.describe('A display over D-Bus.').optional(),
    eglHeadless: z
      .object({ renderNode: hostPath().describe('Device that draws.').optional() })
      .describe('Draws with OpenGL on the node, for another display.')
      .optional(),
  }),
  ['vnc', 'spice', 'dbus', 'eglHeadless'],
);
