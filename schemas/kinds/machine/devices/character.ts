import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { hostPath, port } from '../../../types/primitives.ts';
import { line } from '../disk/location.ts';

const reconnectSeconds = () => z.int().min(0).max(0x7fffffff).describe('Connect again after so long; 0 is never.');

const tcp = z.object({
  mode: z.enum(['listen', 'connect']).describe('Which side calls.'),
  host: line(255).describe('Address to listen on, or to call.').optional(),
  port: port().describe('Port.'),
  protocol: z
    .enum(['raw', 'telnet', 'telnets', 'tls'])
    .describe('What is spoken; raw where nothing is given.')
    .optional(),
  tls: z.boolean().describe('TLS with the certificates of the node.').optional(),
  reconnectSeconds: reconnectSeconds().optional(),
});

const udp = z.object({
  host: line(255).describe('Address that is sent to.').optional(),
  port: port().describe('Port that is sent to.').optional(),
  bindHost: line(255).describe('Address that is received on.').optional(),
  bindPort: port().describe('Port that is received on.').optional(),
});

const unix = z.object({
  mode: z.enum(['listen', 'connect']).describe('Which side calls.'),
  path: hostPath().describe('Socket on the node.'),
  reconnectSeconds: reconnectSeconds().optional(),
});

/** The other end of a character device. Source: https://libvirt.org/formatdomain.html#host-interface */
export const backend = exactlyOneOf(
  z.object({
    pty: z.object({}).describe('A terminal of the node that the kernel names.').optional(),
    null: z.object({}).describe('Nothing.').optional(),
    virtualConsole: z.object({}).describe("A console of qemu's own window.").optional(),
    stdio: z.object({}).describe("qemu's own input and output.").optional(),
    device: z
      .object({ path: hostPath().describe('Device on the node.') })
      .describe('A serial or parallel port of the node.')
      .optional(),
    file: z
      .object({
        path: hostPath().describe('File on the node.'),
        append: z.boolean().describe('Add to what is there; it is where nothing is given.').optional(),
      })
      .describe('A file that is written.')
      .optional(),
    pipe: z
      .object({ path: hostPath().describe('Named pipe on the node.') })
      .describe('A named pipe.')
      .optional(),
    tcp: tcp.describe('A TCP connection.').optional(),
    udp: udp.describe('UDP packets.').optional(),
    unix: unix.describe('A unix socket.').optional(),
    spiceVmc: z.object({}).describe("A channel of the machine's SPICE display.").optional(),
    spicePort: z
      .object({ channel: line(255).describe('Name of the channel.') })
      .describe('A named port of the SPICE display.')
      .optional(),
    vdAgent: z
      .object({
        clipboard: z.boolean().describe('Share the clipboard.').optional(),
        mouse: z.enum(['client', 'server']).describe('Who moves the pointer.').optional(),
      })
      .describe("qemu's own end of the SPICE agent.")
      .optional(),
    dbus: z
      .object({
        channel: line(255).describe("Name of the channel; the device's usual one where nothing is given.").optional(),
      })
      .describe('A channel of the D-Bus display.')
      .optional(),
  }),
  [
    'pty',
    'null',
    'virtualConsole',
    'stdio',
    'device',
    'file',
    'pipe',
    'tcp',
    'udp',
    'unix',
    'spiceVmc',
    'spicePort',
    'vdAgent',
    'dbus',
  ],
);

/** What every character device has. */
export const character = {
  backend: backend.describe('The other end; one of vmctl’s own, with a log, where nothing is given.').optional(),
  log: z
    .object({
      path: hostPath().describe('File on the node.'),
      append: z.boolean().describe('Add to what is there; it is where nothing is given.').optional(),
    })
    .describe('A file of the node that everything is written to as well.')
    .optional(),
};

export type CharacterBackend = z.output<typeof backend>;
