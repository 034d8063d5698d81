import type { Board } from '../board.ts';
import type { CompleteSpec } from '../defaults.ts';
import { keyValues } from '../options.ts';
import { Refusal } from '../refusal.ts';

type BootClass = 'disk' | 'cdrom' | 'network' | 'floppy' | 'other';

const classOfDisk = { disk: 'disk', lun: 'disk', cdrom: 'cdrom', floppy: 'floppy' } as const;

interface Bootable {
  readonly key: string;
  readonly class: BootClass;
  readonly order?: number | undefined;
}

const bootables = (spec: CompleteSpec): Bootable[] => [
  ...spec.disks.map((disk) => ({ key: `disk/${disk.name}`, class: classOfDisk[disk.device], order: disk.bootOrder })),
  ...spec.interfaces.map((nic) => ({ key: `interface/${nic.name}`, class: 'network' as const, order: nic.bootOrder })),
  ...others(spec),
];

/** What boots only where it is told to. */
const others = (spec: CompleteSpec): Bootable[] => {
  const named = (kind: string, list: readonly { readonly name: string; readonly bootOrder?: number | undefined }[]) =>
    list
      .filter(({ bootOrder }) => bootOrder !== undefined)
      .map(({ name, bootOrder }) => ({ key: `${kind}/${name}`, class: 'other' as const, order: bootOrder }));
  return [
    ...named('host', spec.hostDevices),
    ...named('redirected', spec.redirectedDevices),
    ...named('share', spec.filesystems),
  ];
};

/**
 * Places in the boot order, from 1, by `disk/NAME` and `interface/NAME`: devices with a bootOrder first, then by class as
 * `boot.order` says; where that says nothing, disks in their order, or the network where there is no disk.
 */
export function bootIndexes(spec: CompleteSpec): ReadonlyMap<string, number> {
  const all = bootables(spec);
  const chosen = all.filter(({ order }) => order !== undefined).sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  const rest = all.filter(({ order }) => order === undefined);
  const order = spec.machine.boot?.order;
  const usual = rest.filter((item) => spec.disks.length === 0 || item.class !== 'network');
  const classed = order ? order.flatMap((name) => rest.filter((item) => item.class === name)) : usual;
  return new Map([...chosen, ...classed].map(({ key }, index) => [key, index + 1]));
}

function menuOf({ machine }: CompleteSpec): string {
  const { menu } = machine.boot ?? {};
  return keyValues({
    menu: menu?.enabled,
    'splash-time': menu?.enabled ? menu.timeoutMilliseconds : undefined,
    'reboot-timeout': machine.firmware?.bios?.rebootTimeoutMilliseconds,
    strict: true,
  });
}

const acpiTables = ({ machine }: CompleteSpec): string[] =>
  (machine.boot?.acpiTables ?? []).flatMap(({ signature: sig, path: file }) => [
    '-acpitable',
    keyValues(sig === undefined ? { file } : { sig, file }),
  ]);

export function bootArguments({ input, spec }: Board): string[] {
  const wanted = spec.machine.boot?.kernel;
  const words = ['-boot', menuOf(spec), ...acpiTables(spec)];
  if (!wanted) return words;
  const { kernel } = input;
  if (!kernel)
    throw new Refusal('KernelMissing', 'spec.machine.boot.kernel', `image ${wanted.image.name} is not there`);
  return [
    ...[...words, '-kernel', kernel.image],
    ...(kernel.initrd ? ['-initrd', kernel.initrd] : []),
    ...(wanted.commandLine ? ['-append', wanted.commandLine] : []),
    ...(kernel.deviceTree ? ['-dtb', kernel.deviceTree] : []),
  ];
}
