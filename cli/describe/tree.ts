import { printable } from '../output/table.ts';

/** `machineType` as `Machine Type`, `cpus` as `Cpus`, `pid` as `Pid`. */
export const label = (key: string): string =>
  key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/^./, (c) => c.toUpperCase());

const isScalar = (value: unknown): boolean => value === null || typeof value !== 'object';
const pad = (depth: number): string => '  '.repeat(depth);

function field(key: string, value: unknown, depth: number, width: number): string[] {
  const head = `${pad(depth)}${label(key)}:`;
  if (isScalar(value)) return [`${head.padEnd(width)} ${printable(String(value))}`];
  const entries = Object.keys(value as object);
  if (entries.length === 0) return [`${head.padEnd(width)} ${Array.isArray(value) ? '<none>' : '{}'}`];
  if (Array.isArray(value) && value.every(isScalar))
    return [`${head.padEnd(width)} ${value.map((it) => printable(String(it))).join(', ')}`];
  return [
    head,
    ...(Array.isArray(value) ? value.flatMap((item) => listItem(item, depth + 1)) : tree(value as object, depth + 1)),
  ];
}

/** An entry of a list of objects, led by its name where it has one. */
function listItem(item: unknown, depth: number): string[] {
  if (isScalar(item)) return [`${pad(depth)}${printable(String(item))}`];
  const { name, ...rest } = item as { name?: unknown };
  if (typeof name !== 'string') return tree(item as object, depth);
  return [`${pad(depth)}${printable(name)}:`, ...tree(rest, depth + 1)];
}

/** An object as an indented tree whose values line up, as `kubectl describe` has it. */
export function tree(object: object, depth = 0): string[] {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  const scalars = entries.filter(([, value]) => isScalar(value) || (Array.isArray(value) && value.every(isScalar)));
  const width = Math.max(0, ...scalars.map(([key]) => pad(depth).length + label(key).length + 2));
  return entries.flatMap(([key, value]) => field(key, value, depth, width));
}
