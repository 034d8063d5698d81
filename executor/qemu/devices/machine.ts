import { parseSize } from '../../../schemas/types/size.ts';
import type { Board } from '../board.ts';
import { device, keyValues, option } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { CODE_NODE, hasVariables, isSecure, VARIABLES_NODE } from './firmware.ts';
import { hasCells, RAM } from './memory.ts';
import { speakerAudio } from './sound.ts';

const MIB = 1024n * 1024n;

/** The board itself: type, timers, what of it the guest sees. */
export function machineArguments(board: Board): string[] {
  const { input, spec } = board;
  check(board);
  const { uefi } = spec.machine.firmware ?? {};
  const { features, clock } = spec.machine;
  const type = keyValues({
    type: input.machineType,
    usb: false,
    vmport: features?.vmPort,
    smm: isSecure(board) ? true : features?.smm,
    kernel_irqchip: irqChip(board),
    'mem-merge': spec.memory.backing?.merge,
    'dump-guest-core': spec.memory.dump === true,
    acpi: features?.acpi !== false,
    hpet: clock?.hpet,
    i8042: features?.ps2,
    'pcspk-audiodev': speakerAudio(board),
    // SeaBIOS speaks on the serial port where the board says that it has no screen.
    graphics: spec.machine.firmware?.bios?.serialConsole ? false : undefined,
    hmat: spec.numa.some(({ caches }) => caches) || spec.numaLinks?.length ? true : undefined,
    nvdimm: spec.memory.devices?.some(({ model }) => model === 'nvdimm') ? true : undefined,
    'memory-backend': hasCells(spec) ? undefined : RAM,
    pflash0: uefi && CODE_NODE,
    pflash1: hasVariables(board) ? VARIABLES_NODE : undefined,
  });
  return ['-machine', type, '-accel', accelerator(board), ...extras(board)];
}

function check({ input, spec }: Board): void {
  const { architecture, accelerator: wanted } = spec.machine;
  if (architecture !== 'x86_64') {
    throw new Refusal(
      'ArchitectureUnsupported',
      'spec.machine.architecture',
      `${architecture} is not supported yet; use x86_64`,
    );
  }
  if (wanted === 'kvm' && input.accelerator !== 'kvm') {
    const message = 'this node has no KVM that runs guests; remove the field to have the machine emulated';
    throw new Refusal('AcceleratorMissing', 'spec.machine.accelerator', message);
  }
}

/** The I/O APIC is KVM's or qemu's; an emulated machine has no choice, and qemu passes over the word. */
function irqChip({ spec }: Board): string | undefined {
  const { ioApic } = spec.machine.features ?? {};
  if (ioApic === undefined) return undefined;
  return ioApic === 'Qemu' ? 'split' : 'on';
}

function accelerator({ input, spec }: Board): string {
  const { translationCache, kvm } = spec.machine.features ?? {};
  const cache = translationCache === undefined ? undefined : Number(parseSize(translationCache) / MIB);
  return input.accelerator === 'kvm'
    ? option('kvm', { 'dirty-ring-size': kvm?.dirtyRingSize })
    : option('tcg', { 'tb-size': cache });
}

function extras({ spec }: Board): string[] {
  const { vmCoreInfo, smmMemory, asyncTeardown } = spec.machine.features ?? {};
  const { generationId: guid } = spec.machine;
  return [
    ...(guid === undefined ? [] : device({ driver: 'vmgenid', guid, id: 'vmgenid' })),
    ...(vmCoreInfo ? ['-device', '{"driver":"vmcoreinfo"}'] : []),
    ...(smmMemory === undefined ? [] : ['-global', `mch.extended-tseg-mbytes=${parseSize(smmMemory) / MIB}`]),
    ...(asyncTeardown === undefined ? [] : ['-run-with', keyValues({ 'async-teardown': asyncTeardown })]),
  ];
}
