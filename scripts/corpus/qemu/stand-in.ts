import type { Option } from '../argv/options.ts';
import { Resources } from './resources.ts';
import { blockdev, STAND_INS } from './things.ts';

/** Options that say nothing about whether qemu takes the machine, or that cannot be met on a host without its original files. */
const DROPPED = new Set([
  'S',
  'mon',
  'qmp',
  'monitor',
  'add-fd',
  'accel',
  'enable-kvm',
  'kernel',
  'initrd',
  'append',
  'dtb',
  'shim',
  'incoming',
  'msg',
  'sandbox',
  'name',
  'pidfile',
  'daemonize',
  'bios',
  'mem-prealloc',
  'tpmdev',
]);

/** Formats by the node below them; a LUKS header is left out, so the layer below is raw. */
function formatsOf(options: readonly Option[]): Map<string, string> {
  const layers = options.filter(({ name, properties }) => name === 'blockdev' && properties.has('file'));
  return new Map(layers.map(({ properties }) => [properties.get('file') ?? '', properties.get('driver') ?? '']));
}

/** Nodes of the firmware, and whether each is written to. */
function flashOf(options: readonly Option[]): Map<string, boolean> {
  const machine = options.find(({ name }) => name === 'machine')?.properties;
  const flash = new Map<string, boolean>();
  for (const [key, writable] of [
    ['pflash0', false],
    ['pflash1', true],
  ] as const) {
    const node = machine?.get(key);
    if (node === undefined) continue;
    const layer = options.find(({ properties }) => properties.get('node-name') === node)?.properties.get('file');
    flash.set(node, writable).set(layer ?? node, writable);
  }
  return flash;
}

/** The same machine with things of this host in place of those that its command line names, under TCG. */
export function standIns(options: readonly Option[], folder: string): Option[] {
  const resources = new Resources(folder);
  const [formats, flash] = [formatsOf(options), flashOf(options)];
  const made = options.flatMap((option): Option[] => {
    const { name, properties, words } = option;
    if (DROPPED.has(name)) return [];
    const own = Object.hasOwn(STAND_INS, name) ? STAND_INS[name] : undefined;
    const now =
      name === 'blockdev'
        ? blockdev(properties, resources, formats, flash)
        : own
          ? own(properties, resources)
          : properties;
    if (now === undefined) return [];
    return [now === properties ? option : { name, properties: now, words: now === properties ? words : [] }];
  });
  return withoutDangling(made, options);
}

/** Devices that are on what was taken away go too. */
function withoutDangling(made: readonly Option[], before: readonly Option[]): Option[] {
  const names = (list: readonly Option[]): Set<string> =>
    new Set(list.map(({ properties }) => properties.get('id') ?? ''));
  const left = names(made);
  const gone = new Set([...names(before)].filter((name) => name !== '' && !left.has(name)));
  return made.filter(
    ({ name, properties }) =>
      name !== 'device' || ![...properties].some(([key, value]) => key !== 'id' && gone.has(value)),
  );
}
