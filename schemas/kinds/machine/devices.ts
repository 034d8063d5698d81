import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { balloon } from './devices/balloon.ts';
import { channel } from './devices/channel.ts';
import { console } from './devices/console.ts';
import { controller } from './devices/controller.ts';
import { filesystem } from './devices/filesystem.ts';
import { graphic } from './devices/graphics.ts';
import { hostDevice } from './devices/host-device.ts';
import { input } from './devices/input.ts';
import { iothread } from './devices/iothread.ts';
import { devices } from './devices/named.ts';
import { numaCell, numaLink } from './devices/numa-cell.ts';
import { panic } from './devices/panic.ts';
import { rng } from './devices/rng.ts';
import { serial } from './devices/serial.ts';
import { sound } from './devices/sound.ts';
import { tpm } from './devices/tpm.ts';
import { video } from './devices/video.ts';
import { vsock } from './devices/vsock.ts';
import { watchdog } from './devices/watchdog.ts';
import { otherDevices } from './other-devices.ts';

export const deviceFields = {
  ...otherDevices,
  graphics: devices(graphic, 8)
    .describe('Displays; one VNC display where nothing is given, none where the list is empty.')
    .optional(),
  video: devices(video, 16).describe('Graphics cards; one where there is a display and nothing is given.').optional(),
  serials: devices(serial, 16)
    .describe('Serial ports; one where nothing is given, none where the list is empty.')
    .optional(),
  consoles: devices(console, 16).describe('Paravirtual consoles.').optional(),
  channels: devices(channel, 64)
    .describe("Channels to the guest; the guest agent's where nothing is given.")
    .optional(),
  inputs: devices(input, 32)
    .describe(
      'Input devices beside the PS/2 keyboard and mouse; a USB tablet where there is a display and nothing is given.',
    )
    .optional(),
  sound: devices(sound, 8).describe('Sound cards.').optional(),
  rng: devices(rng, 16).describe('Sources of randomness; one where nothing is given.').optional(),
  watchdog: watchdog.describe('Watchdog.').optional(),
  tpm: tpm.describe('Trusted platform module.').optional(),
  vsock: vsock.describe('Socket between guest and host.').optional(),
  balloon: balloon.describe('Memory balloon; there is one where nothing is given.').optional(),
  panic: panic.describe('Panic device; there is an ISA one where nothing is given.').optional(),
  hostDevices: devices(hostDevice, 64).describe('Devices of the node that the guest gets for itself.').optional(),
  filesystems: devices(filesystem, 32).describe('Folders of the node that the guest sees.').optional(),
  controllers: devices(controller, 256)
    .describe('Controllers; those that are not named here and that devices need are brought along.')
    .optional(),
  iothreads: devices(iothread, 64).describe('Threads that serve disks beside the main loop.').optional(),
  numa: devices(numaCell, 64).describe('NUMA cells that the guest sees.').optional(),
  numaLinks: listAtomic(z.array(numaLink).max(1024))
    .describe('How fast cells reach the memory of cells (ACPI HMAT).')
    .optional(),
};
