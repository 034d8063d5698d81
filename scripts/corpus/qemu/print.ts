import type { Option } from '../argv/options.ts';

const escaped = (value: string): string => value.replaceAll(',', ',,');

const FIRST: Readonly<Record<string, string>> = {
  device: 'driver',
  object: 'qom-type',
  chardev: 'backend',
  netdev: 'type',
  machine: 'type',
  cpu: 'model',
  smp: 'cpus',
  m: 'size',
  audiodev: 'driver',
  fsdev: 'fsdriver',
  vnc: 'vnc',
  display: 'type',
  numa: 'type',
  overcommit: 'mem-lock',
  sandbox: 'enable',
};

/** JSON where a value may be anything; qemu reads booleans, numbers and texts of `-blockdev` by their type. */
const typed = (value: string): unknown =>
  value === 'on' ? true : value === 'off' ? false : value === 'null' ? null : value;

function nested(properties: ReadonlyMap<string, string>): unknown {
  const root: Record<string, unknown> = {};
  for (const [path, value] of properties) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let bag = root;
    for (const key of keys) {
      bag[key] ??= {};
      bag = bag[key] as Record<string, unknown>;
    }
    bag[last] = last === 'detect-zeroes' || last === 'filename' ? value : typed(value);
  }
  return listed(root);
}

/** Objects whose keys count from 0 are lists. */
function listed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value);
  const entries = Object.values(value).map(listed);
  return keys.length > 0 && keys.every((key, index) => key === String(index))
    ? entries
    : Object.fromEntries(keys.map((key, index) => [key, entries[index]]));
}

/** Arguments of an option as qemu takes them; as they were written where nothing was changed. */
export function argumentsFrom({ name, properties, words }: Option): readonly string[] {
  if (words.length > 0) return words;
  return [`-${name}`, name === 'blockdev' ? JSON.stringify(nested(properties)) : short(name, properties)];
}

/** qemu reads an address without 0x as hexadecimal. */
const hex = (value: string): string => (/^\d+$/.test(value) ? `0x${Number(value).toString(16)}` : value);

function short(name: string, properties: ReadonlyMap<string, string>): string {
  const first = FIRST[name];
  const head = first === undefined ? undefined : properties.get(first);
  const rest = [...properties]
    .filter(([key]) => key !== first || head === undefined)
    .map(([key, value]) => `${key.replace(/\.\d+$/, '')}=${escaped(key === 'addr' ? hex(value) : value)}`);
  return [...(head === undefined ? [] : [escaped(head)]), ...rest].join(',');
}
