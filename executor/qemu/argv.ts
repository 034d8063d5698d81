import { type Board, createBoard } from './board.ts';
import { audioArguments } from './devices/audio.ts';
import { balloonArguments } from './devices/balloon.ts';
import { bootArguments } from './devices/boot.ts';
import { channelArguments } from './devices/channel.ts';
import { clockArguments } from './devices/clock.ts';
import { consoleArguments } from './devices/console.ts';
import { controllerArguments } from './devices/controller.ts';
import { cpuArguments } from './devices/cpu.ts';
import { cryptoArguments } from './devices/crypto.ts';
import { diskArguments } from './devices/disk.ts';
import { filesystemArguments } from './devices/filesystem.ts';
import { firmwareArguments } from './devices/firmware.ts';
import { graphicsArguments } from './devices/graphics.ts';
import { hostDeviceArguments } from './devices/host-device.ts';
import { inputArguments } from './devices/input.ts';
import { interfaceArguments } from './devices/interface.ts';
import { iommuArguments } from './devices/iommu.ts';
import { iothreadArguments } from './devices/iothread.ts';
import { machineArguments } from './devices/machine.ts';
import { memoryArguments } from './devices/memory.ts';
import { memoryDeviceArguments } from './devices/memory-device.ts';
import { monitorArguments } from './devices/monitor.ts';
import { numaArguments } from './devices/numa.ts';
import { panicArguments } from './devices/panic.ts';
import { pciControllerArguments } from './devices/pci-controller.ts';
import { powerArguments } from './devices/power.ts';
import { redirectedDeviceArguments } from './devices/redirected-device.ts';
import { rngArguments } from './devices/rng.ts';
import { parallelArguments, serialArguments } from './devices/serial.ts';
import { sharedMemoryArguments } from './devices/shared-memory.ts';
import { smartCardArguments } from './devices/smart-card.ts';
import { smbiosArguments } from './devices/smbios.ts';
import { soundArguments } from './devices/sound.ts';
import { tpmArguments } from './devices/tpm.ts';
import { videoArguments } from './devices/video.ts';
import { vsockArguments } from './devices/vsock.ts';
import { watchdogArguments } from './devices/watchdog.ts';
import type { QemuInput, Slots } from './input.ts';
import { option } from './options.ts';

export type { UefiFirmware } from './firmware.ts';
export type {
  FilterPart,
  HostAbilities,
  MacvtapBackend,
  NetworkBackend,
  PortForward,
  QemuInput,
  Shape,
  Slots,
  TapBackend,
  TapFilter,
  UserBackend,
  Volume,
} from './input.ts';
export { Refusal } from './refusal.ts';

/** The binary for a machine's architecture, by name. */
export const QEMU_BINARY = 'qemu-system-x86_64';

/** Nothing that the spec does not ask for, nothing from files of the host's, and nothing runs before we say so. */
const ALWAYS = [
  '-nodefaults',
  '-no-user-config',
  '-S',
  '-no-shutdown',
  '-sandbox',
  'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
];

/** The machine itself. */
const FRAME: readonly ((board: Board) => string[])[] = [
  firmwareArguments,
  machineArguments,
  cpuArguments,
  memoryArguments,
  numaArguments,
  smbiosArguments,
  clockArguments,
  bootArguments,
  powerArguments,
  monitorArguments,
  iothreadArguments,
];

/** What is on it, in an order that changes no guest: each device has its own place. */
const DEVICES: readonly ((board: Board) => string[])[] = [
  iommuArguments,
  audioArguments,
  graphicsArguments,
  videoArguments,
  controllerArguments,
  memoryDeviceArguments,
  diskArguments,
  interfaceArguments,
  serialArguments,
  parallelArguments,
  channelArguments,
  consoleArguments,
  inputArguments,
  soundArguments,
  rngArguments,
  watchdogArguments,
  tpmArguments,
  vsockArguments,
  balloonArguments,
  panicArguments,
  hostDeviceArguments,
  filesystemArguments,
  smartCardArguments,
  redirectedDeviceArguments,
  sharedMemoryArguments,
  cryptoArguments,
];

/** A command line, and the places of its devices to give as `slots` at the next start. */
export interface QemuCommand {
  readonly argv: string[];
  readonly slots: Slots;
}

/**
 * qemu's arguments and the places that the devices got.
 * @throws Refusal for what this host, this board or this version cannot give
 */
export function buildCommand(input: QemuInput): QemuCommand {
  const board = createBoard(input);
  const name = option(`guest=${input.namespace}/${input.name}`, { 'debug-threads': true });
  const frame = FRAME.flatMap((build) => build(board));
  const devices = DEVICES.flatMap((build) => build(board));
  const extra = input.extraArguments ? (input.spec.launch?.extraArguments ?? []) : [];
  const argv = [
    '-name',
    name,
    '-uuid',
    input.spec.machine?.smbios?.uuid ?? input.uuid,
    ...ALWAYS,
    ...frame,
    ...pciControllerArguments(board),
    ...devices,
    ...extra,
  ];
  return { argv, slots: { ...board.slots.taken(), ...board.units.taken() } };
}

/** qemu's arguments, without the binary. @throws Refusal as `buildCommand` */
export const qemuCommandLine = (input: QemuInput): string[] => buildCommand(input).argv;
