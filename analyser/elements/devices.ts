import { one } from '../table/children.ts';
import { ignored } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { hostPath } from '../values/texts.ts';
import { audio } from './audio.ts';
import { channels } from './channel.ts';
import { consoles } from './console.ts';
import { controllers } from './controller.ts';
import { disks } from './disk.ts';
import type { DomainDraft } from './draft.ts';
import { filesystems } from './filesystem.ts';
import { graphics } from './graphics.ts';
import { hostDevices } from './hostdev.ts';
import { hub } from './hub.ts';
import { inputs } from './input.ts';
import { interfaces } from './interface.ts';
import { memballoon } from './memballoon.ts';
import { panic } from './panic.ts';
import { redirdev } from './redirdev.ts';
import { rngs } from './rng.ts';
import { serials } from './serial.ts';
import { sounds } from './sound.ts';
import { tpm } from './tpm.ts';
import { video } from './video.ts';
import { vsock } from './vsock.ts';
import { watchdog } from './watchdog.ts';

const table: ElementTable<DomainDraft> = {
  children: {
    emulator: one({ text: ignored('never run; the node’s own qemu is', hostPath) }),
    disk: disks,
    controller: controllers,
    filesystem: filesystems,
    interface: interfaces,
    serial: serials,
    console: consoles,
    channel: channels,
    input: inputs,
    tpm,
    graphics,
    sound: sounds,
    audio,
    video,
    hostdev: hostDevices,
    hub,
    redirdev,
    watchdog,
    memballoon,
    rng: rngs,
    panic,
    vsock,
  },
};

export const devices = one(table);
