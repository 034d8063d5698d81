import type { Definitions } from './tables.ts';

const PLACE = /^(0x[0-9a-f]+|[0-9]+)(?:\.(0x[0-9a-f]+|[0-9]+))?$/i;

/** `0x1.0x2` and `1.2` are slot 1, function 2. */
export function placeOf(addr: string): string {
  const [, slot, fn = '0'] = PLACE.exec(addr) ?? [];
  return slot === undefined ? addr : `${Number(slot)}.${Number(fn)}`;
}

/**
 * A bus by where its controller is, since names differ: `pci.4` is the bus of the root port at 2.3 of pcie.0. The buses of the
 * board itself keep their names.
 */
export function busOf(bus: string, definitions: Definitions, depth = 0): string {
  const [, id = bus, channel = ''] = /^(.*?)(\.\d+)?$/.exec(bus) ?? [];
  const device = definitions.find('device', bus) ?? definitions.find('device', id);
  if (!device || depth > 8) return bus;
  const { properties } = device;
  const whole = definitions.byName.has(`device ${bus}`);
  const above = properties.get('bus');
  const place =
    above === undefined ? '' : `@${busOf(above, definitions, depth + 1)}/${placeOf(properties.get('addr') ?? '0')}`;
  return `${properties.get('driver')}${place}${whole ? '' : channel}`;
}
