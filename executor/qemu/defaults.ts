import type { Forward } from '../../schemas/kinds/network.ts';
import type { VirtualMachineSpec } from '../../schemas/kinds/virtual-machine.ts';
import type { PortForward } from './input.ts';
import { seedDrive } from './seed.ts';

type Spec = VirtualMachineSpec;
type Lists =
  | 'disks'
  | 'interfaces'
  | 'graphics'
  | 'video'
  | 'serials'
  | 'consoles'
  | 'channels'
  | 'inputs'
  | 'sound'
  | 'rng'
  | 'hostDevices'
  | 'filesystems'
  | 'controllers'
  | 'iothreads'
  | 'numa'
  | 'parallels'
  | 'audios'
  | 'smartCards'
  | 'redirectedDevices'
  | 'sharedMemories'
  | 'cryptos'
  | 'hubs';
type Parts = 'cpu' | 'machine' | 'balloon' | 'panic';

/** A spec in which every list and every part with a default is there. */
export type CompleteSpec = Omit<Spec, Lists | Parts> & { [K in Lists | Parts]: NonNullable<Spec[K]> };

/**
 * Fills in the devices that a machine has where its spec says nothing, as the schema describes each list: left out is the
 * default device, empty is none.
 */
export function completeSpec(spec: Spec): CompleteSpec {
  const graphics = spec.graphics ?? [{ name: 'display', vnc: {} }];
  const shown = graphics.length > 0;
  return {
    ...spec,
    cpu: spec.cpu ?? { sockets: 1, cores: 1, threads: 1 },
    machine: spec.machine ?? { architecture: 'x86_64', type: 'q35' },
    balloon: spec.balloon ?? { enabled: true, freePageReporting: true, deflateOnOom: true },
    panic: spec.panic ?? { enabled: true, model: 'isa' },
    disks: [...(spec.disks ?? []), ...seedDrive(spec)],
    interfaces: spec.interfaces ?? [],
    graphics,
    video: spec.video ?? (shown ? [{ name: 'video', model: 'vga' }] : []),
    serials: spec.serials ?? [{ name: 'serial', type: 'isa' }],
    consoles: spec.consoles ?? [],
    channels: spec.channels ?? [{ name: 'agent', agent: {} }],
    inputs: spec.inputs ?? (shown ? [{ name: 'tablet', type: 'tablet', bus: 'usb' }] : []),
    sound: spec.sound ?? [],
    rng: spec.rng ?? [{ name: 'rng', source: '/dev/urandom' }],
    hostDevices: spec.hostDevices ?? [],
    filesystems: spec.filesystems ?? [],
    controllers: spec.controllers ?? [],
    iothreads: spec.iothreads ?? [],
    numa: spec.numa ?? [],
    parallels: spec.parallels ?? [],
    audios: spec.audios ?? [],
    smartCards: spec.smartCards ?? [],
    redirectedDevices: spec.redirectedDevices ?? [],
    sharedMemories: spec.sharedMemories ?? [],
    cryptos: spec.cryptos ?? [],
    hubs: spec.hubs ?? [],
  };
}

/** A forward is TCP, and for this host alone, where it does not say otherwise. */
export const completeForward = ({
  hostAddress = '127.0.0.1',
  hostPort,
  port,
  protocol = 'TCP',
}: Forward): PortForward => ({ hostAddress, hostPort, port, protocol });
