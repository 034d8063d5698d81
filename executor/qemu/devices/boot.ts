import type { Board } from '../board.ts';
import type { CompleteSpec } from '../defaults.ts';
import { keyValues } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { SEED } from '../seed.ts';

type BootClass = 'disk' | 'cdrom' | 'network' | 'floppy' | 'other';

const classOfDisk = { disk: 'disk', lun: 'disk', cdrom: 'cdrom', floppy: 'floppy' } as const;

interface Bootable {
  readonly key: string;
  readonly class: BootClass;
  readonly order?: number | undefined;
}

/** Nothing boots from a seed: a machine with no other disk boots from the network. */
const drives = ({ disks }: CompleteSpec) => disks.filter(({ name }) => name !== SEED);

const bootables = (spec: CompleteSpec): Bootable[] => [
  ...drives(spec).map((disk) => ({ key: `disk/${disk.name}`, class: classOfDisk[disk.device], order: disk.bootOrder })),
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
 * Places in the boot order, from 1, by `disk/NAME` and `interface/NAME`: that of the device itself; else the first device of
 * each class of `boot.order`, as libvirt has it (qemuBuildDisksCommandLine); where neither says anything, all disks in their order,
 * or the network where there is no disk. A device that one of these leaves out is not tried.
 */
export function bootIndexes(spec: CompleteSpec): ReadonlyMap<string, number> {
  const all = bootables(spec);
  const chosen = all.flatMap(({ key, order }) => (order === undefined ? [] : [[key, order] as const]));
  const rest = all.filter(({ order }) => order === undefined);
  const last = Math.max(0, ...chosen.map(([, order]) => order));
  return new Map([
    ...chosen,
    ...unordered(spec, rest, chosen.length > 0).map(([key, place]) => [key, last + place] as const),
  ]);
}

function unordered(spec: CompleteSpec, rest: readonly Bootable[], someAreOrdered: boolean): [string, number][] {
  const classes = spec.machine.boot?.order;
  if (classes) {
    return classes.flatMap((name, index): [string, number][] => {
      const first = rest.find((item) => item.class === name);
      return first ? [[first.key, index + 1]] : [];
    });
  }
  if (someAreOrdered) return [];
  const usual = rest.filter((item) => drives(spec).length === 0 || item.class !== 'network');
  return usual.map(({ key }, index) => [key, index + 1]);
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
