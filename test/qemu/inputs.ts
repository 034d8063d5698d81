import type { QemuInput, Volume } from '../../executor/qemu/argv.ts';
import { type VirtualMachineSpec, virtualMachine } from '../../schemas/kinds/virtual-machine.ts';

export const UUID = '6e1f9a3c-0f6e-4c6e-9d38-0a4b6a3d2f10';

/** A spec as it comes out of the API: with the schema's defaults. */
export const specOf = (spec: object): VirtualMachineSpec =>
  virtualMachine.spec.parse({ memory: { size: '64Mi' }, ...spec });

export const volume = (path: string, more: Partial<Volume> = {}): Volume => ({
  path,
  format: 'qcow2',
  readOnly: false,
  directIo: true,
  ...more,
});

/** An input for a spec, with a volume for each disk that needs one and a user network behind each interface. */
export function inputOf(spec: object, more: Partial<QemuInput> = {}): QemuInput {
  const parsed = specOf(spec);
  const filled = (parsed.disks ?? []).filter((disk) => disk.disk ?? disk.image ?? disk.blank);
  return {
    namespace: 'default',
    name: 'web',
    uuid: UUID,
    spec: parsed,
    accelerator: 'tcg',
    machineType: parsed.machine?.type ?? 'q35',
    runDir: '/run/m',
    volumes: Object.fromEntries(filled.map(({ name }) => [name, volume(`/pool/${name}.qcow2`)])),
    networks: Object.fromEntries((parsed.interfaces ?? []).map(({ name }) => [name, { user: { forwards: [] } }])),
    ...(parsed.machine?.boot?.kernel && { kernel: { image: '/images/kernel', initrd: '/images/initrd' } }),
    host: { vhostVsock: true, vfio: true, usbHost: true },
    slots: {},
    extraArguments: false,
    ...more,
  };
}

/** A machine without any of the devices that come by default. */
export const bare = {
  graphics: [],
  serials: [],
  channels: [],
  rng: [],
  balloon: { enabled: false },
  panic: { model: 'hyperv' },
};

/** The values of an option, in their order. */
export const valuesOf = (argv: readonly string[], option: string): string[] =>
  argv.flatMap((argument, index) => (argument === option ? [argv[index + 1] ?? ''] : []));

/** The devices of a command line as objects. */
export const devicesOf = (argv: readonly string[]): Record<string, unknown>[] =>
  valuesOf(argv, '-device').map((text) => JSON.parse(text));
