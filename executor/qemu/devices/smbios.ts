import type { Board } from '../board.ts';
import { keyValues } from '../options.ts';

export function smbiosArguments({ spec }: Board): string[] {
  const { smbios } = spec.machine;
  if (!smbios || Object.keys(smbios).length === 0) return [];
  const { manufacturer, product, version, serial, uuid, sku, family } = smbios;
  return ['-smbios', `type=1,${keyValues({ manufacturer, product, version, serial, uuid, sku, family })}`];
}
