import * as z from 'zod';
import { hostPath } from '../../../types/primitives.ts';
import { line } from '../disk/location.ts';
import { named } from './named.ts';

/** One direction of a backend. The terms are those of https://libvirt.org/formatdomain.html#audio-backends */
const direction = z.object({
  mixingEngine: z.boolean().describe("qemu mixes; the host's own engine otherwise.").optional(),
  fixedSettings: z.boolean().describe('Rate, channels and format stay as they are said here.').optional(),
  voices: z.int().min(1).max(65535).describe('Voices.').optional(),
  bufferLengthMicroseconds: z.int().min(0).max(0xffffffff).describe('Length of the buffer.').optional(),
  frequency: z.int().min(1).max(0xffffffff).describe('Samples per second.').optional(),
  channels: z.int().min(1).max(255).describe('Channels.').optional(),
  format: z.enum(['s8', 'u8', 's16', 'u16', 's32', 'u32', 'f32']).describe('Format of a sample.').optional(),
  name: line(255).describe('Source, sink or client of the sound server.').optional(),
  streamName: line(255).describe('Name of the stream on the sound server.').optional(),
  latencyMicroseconds: z.int().min(0).max(0xffffffff).describe('Wanted latency.').optional(),
  device: line(255).describe('Device of the node.').optional(),
  bufferCount: z.int().min(0).max(0xffffffff).describe('Buffers.').optional(),
  tryPoll: z.boolean().describe('Poll the device.').optional(),
  serverName: line(255).describe('JACK server.').optional(),
  clientName: line(255).describe('Own name on the JACK server.').optional(),
  connectPorts: line(255).describe('Pattern of the JACK ports to connect to.').optional(),
  exactName: z.boolean().describe('The own name is not changed.').optional(),
});

export const audio = z.object({
  ...named,
  id: z.int().min(1).max(0xffff).describe('Number by which sound cards and displays name it.'),
  driver: z
    .enum(['none', 'alsa', 'coreaudio', 'dbus', 'jack', 'oss', 'pa', 'pipewire', 'sdl', 'spice', 'wav'])
    .describe('Sound system of the node.'),
  timerPeriodMicroseconds: z.int().min(0).max(0xffffffff).describe('How often sound is moved.').optional(),
  input: direction.describe('From the node to the guest.').optional(),
  output: direction.describe('From the guest to the node.').optional(),
  serverName: line(255).describe('PulseAudio server.').optional(),
  runtimeFolder: hostPath().describe('Runtime folder of PipeWire.').optional(),
  sdlDriver: z.enum(['esd', 'alsa', 'arts', 'pulseaudio']).describe('Driver of SDL.').optional(),
  path: hostPath().describe('WAV file.').optional(),
  tryMmap: z.boolean().describe('Map the memory of an OSS device.').optional(),
  exclusive: z.boolean().describe('Open an OSS device for oneself.').optional(),
  dspPolicy: z.int().min(-1).max(10).describe('Timing policy of OSS.').optional(),
});
