import { one } from '../table/children.ts';
import { ignored } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { hostPath } from '../values/texts.ts';
import { audios } from './audio.ts';
import { channels } from './channel.ts';
import { consoles } from './console.ts';
import { controllers } from './controller.ts';
import { cryptos } from './crypto.ts';
import { disks } from './disk.ts';
import type { DomainDraft } from './draft.ts';
import { filesystems } from './filesystem.ts';
import { graphics } from './graphics.ts';
import { hostDevices } from './hostdev.ts';
import { hubs } from './hub.ts';
import { inputs } from './input.ts';
import { interfaces } from './interface.ts';
import { iommu } from './iommu.ts';
import { lease } from './lease.ts';
import { memballoon } from './memballoon.ts';
import { memoryDevices } from './memory-device.ts';
import { panic } from './panic.ts';
import { parallels } from './parallel.ts';
import { redirectedDevices, redirectionFilter } from './redirdev.ts';
import { rngs } from './rng.ts';
import { serials } from './serial.ts';
import { sharedMemories } from './shmem.ts';
import { smartCards } from './smartcard.ts';
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
    audio: audios,
    video,
    hostdev: hostDevices,
    hub: hubs,
    redirdev: redirectedDevices,
    redirfilter: redirectionFilter,
    parallel: parallels,
    smartcard: smartCards,
    shmem: sharedMemories,
    iommu,
    crypto: cryptos,
    lease,
    watchdog,
    memballoon,
    memory: memoryDevices,
    rng: rngs,
    panic,
    vsock,
  },
};

export const devices = one(table);
