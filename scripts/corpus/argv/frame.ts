import type { Fact } from './canonical.ts';
import type { Context } from './context.ts';
import type { Option } from './options.ts';

const SIZES: Readonly<Record<string, bigint>> = {
  '': 1024n ** 2n,
  b: 1n,
  k: 1024n,
  m: 1024n ** 2n,
  g: 1024n ** 3n,
  t: 1024n ** 4n,
};

/** `-m`: megabytes unless it says another unit. */
export function bytes(text: string): string {
  const [, amount = '', unit = ''] = /^([0-9]+)([bkmgt]?)$/i.exec(text) ?? [];
  const factor = SIZES[unit.toLowerCase()];
  return amount === '' || factor === undefined ? text : String(BigInt(amount) * factor);
}

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^(q35|pc-q35-.*)$/, 'q35'],
  [/^(pc|pc-i440fx-.*|pc-[0-9].*|pc-0.*)$/, 'pc'],
];

/** The board: its version where the XML pins one, else its family. */
function board(type: string, { pinned }: Context): string {
  if (pinned !== undefined) return type;
  return FAMILIES.find(([pattern]) => pattern.test(type))?.[1] ?? type;
}

const values = (options: readonly Option[], name: string): Map<string, string>[] =>
  options.filter((option) => option.name === name).map(({ properties }) => properties);

/** The accelerator, whichever option says it. */
function accelerator(options: readonly Option[]): Record<string, string> {
  const machine = values(options, 'machine')[0]?.get('accel');
  const accelerators = values(options, 'accel');
  const [own] = accelerators;
  const all = accelerators.map((one) => one.get('accel')).join(' or ');
  const name = all || (machine ?? (options.some((option) => option.name === 'enable-kvm') ? 'kvm' : 'tcg'));
  const others = own ? [...own].filter(([key]) => key !== 'accel') : [];
  return { accel: name, ...Object.fromEntries(others) };
}

/** What several options say together. */
export function frameOf(options: readonly Option[]): Fact[] {
  return [{ option: 'accel', properties: accelerator(options) }];
}

/** Properties of the machine, its memory and its processor that have more than one spelling. */
export function frameProperty(
  option: string,
  key: string,
  value: string,
  context: Context,
): Record<string, string> | undefined {
  if (option === 'machine' && key === 'type') return { type: board(value, context) };
  if (option === 'machine' && key === 'accel') return {};
  if (option === 'm' && (key === 'size' || key === 'maxmem')) return { [key]: bytes(value) };
  if (option !== 'cpu') return undefined;
  if (key === 'model' && context.hostCpu) return { model: '*' };
  if (context.hostCpu && !/^(hv-|kvm)/.test(key)) return {};
  return /^[+-]/.test(key) ? { [key.slice(1)]: key.startsWith('+') ? 'on' : 'off' } : undefined;
}
