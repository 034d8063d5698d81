import { seedSerial } from '../../../schemas/cloud-init/index.ts';
import type { Board } from '../board.ts';
import { keyValues } from '../options.ts';
import { Refusal } from '../refusal.ts';

/** The serial number, which may have to say where cloud-init finds its seed. */
function serialOf({ input, spec }: Pick<Board, 'input' | 'spec'>): string | undefined {
  const { serial } = spec.machine.smbios ?? {};
  const seed = spec.cloudInit && seedSerial(spec.cloudInit, { name: input.name, uid: input.uuid });
  if (seed === undefined || serial === undefined) return seed ?? serial;
  const words = 'cloudInit.noCloud.seedFrom is told by the serial number; leave this one out';
  throw new Refusal('SerialNumberTaken', 'spec.machine.smbios.serial', words);
}

export function smbiosArguments({ input, spec }: Board): string[] {
  const { smbios = {} } = spec.machine;
  const serial = serialOf({ input, spec });
  if (Object.keys(smbios).length === 0 && serial === undefined) return [];
  const { manufacturer, product, version, uuid, sku, family } = smbios;
  return ['-smbios', `type=1,${keyValues({ manufacturer, product, version, serial, uuid, sku, family })}`];
}
