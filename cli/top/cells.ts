import { printable } from '../output/table.ts';
import type { Load } from './rates.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 MiB`: three digits are enough to compare. */
export function bytes(value: number | undefined): string {
  if (value === undefined) return '-';
  let [size, unit] = [value, 0];
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1;
  return `${size.toFixed(digits)} ${UNITS[unit]}`;
}

const perSecond = (value: number | undefined): string => (value === undefined ? '-' : `${bytes(value)}/s`);
const percent = (value: number | undefined): string => (value === undefined ? '-' : `${Math.round(value * 100)}%`);

export const header = (namespaces: boolean): string[] => [
  ...(namespaces ? ['NAMESPACE'] : []),
  ...['NAME', 'POWER', 'CPU', 'CPUS', 'MEMORY', 'OF', 'READ', 'WRITE', 'RECEIVE', 'SEND'],
];

export const cells = (load: Load, namespaces: boolean): string[] => [
  ...(namespaces ? [load.namespace] : []),
  printable(load.name),
  load.power,
  percent(load.cpu),
  load.cpus === undefined ? '-' : String(load.cpus),
  bytes(load.residentBytes),
  bytes(load.memoryBytes),
  ...[load.read, load.written, load.received, load.sent].map(perSecond),
];
