import type { AddressKind } from '../../schemas/kinds/machine/address.ts';
import { chosen, one } from '../table/children.ts';
import { field, ignored, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { address as number, whole } from '../values/numbers.ts';
import { matching } from '../values/texts.ts';
import { onOff } from '../values/words.ts';

/** libvirt's words for our kinds of address. */
const TYPES = {
  pci: 'pci',
  drive: 'drive',
  usb: 'usb',
  'virtio-serial': 'virtioSerial',
  ccid: 'ccid',
  isa: 'isa',
} as const satisfies Record<string, AddressKind>;

export type AddressType = keyof typeof TYPES;

/** Addresses are found in a list by the member that is set. */
type Placed = Readonly<Record<AddressKind, unknown>>;

const port = matching(/^[0-9]+(\.[0-9]+){0,3}$/, 'USB port');

/** The members of each kind: a number in any base for PCI and ISA, decimal for the others. */
const MEMBERS = {
  pci: {
    domain: ['domain', number(0xffff)],
    bus: ['bus', number(0xff)],
    slot: ['slot', number(0x1f)],
    function: ['function', number(7)],
    multifunction: ['multifunction', onOff],
  },
  drive: {
    controller: ['controller', whole(0, 255)],
    bus: ['bus', whole(0, 255)],
    target: ['target', whole(0, 0xffff)],
    unit: ['unit', whole(0, 0xffff)],
  },
  usb: { bus: ['bus', whole(0, 127)], port: ['port', port] },
  'virtio-serial': {
    controller: ['controller', whole(0, 255)],
    bus: ['bus', whole(0, 255)],
    port: ['port', whole(0, 0x7fffffff)],
  },
  ccid: { controller: ['controller', whole(0, 255)], slot: ['slot', whole(0, 255)] },
  isa: { iobase: ['ioBase', number(0xffff)], irq: ['irq', number(15)] },
} as const satisfies Record<AddressType, Readonly<Record<string, readonly [string, unknown]>>>;

function table(type: AddressType, path: string): ElementTable<object> {
  const at = `${path}.${TYPES[type]}`;
  const shown = `spec.${at.replace(/^spec\./, '')}`;
  const members = Object.entries(MEMBERS[type]).map(([attribute, [member, codec]]) => {
    const rule = field<object, unknown>(`${at}.${member}` as never, codec as never, { field: `${shown}.${member}` });
    return [attribute, rule] as const;
  });
  return { attributes: { type: selector<object>(type, shown), ...Object.fromEntries(members) } };
}

/**
 * `<address>` of a device that can be at such places.
 * @param path where the item keeps its address: `address`, or `spec.address` where the item has parts.
 */
export function place<S extends object>(path: 'address' | 'spec.address', ...types: readonly AddressType[]): Child<S> {
  const tables = Object.fromEntries(types.map((type) => [type, table(type, path)]));
  const addressOf = (scope: S): Placed | undefined =>
    path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], scope) as
      | Placed
      | undefined;
  const child = chosen<object>(byAttribute<Choice<object>>('type', tables), (scope) => {
    const found = addressOf(scope as S);
    const type = types.find((one) => found?.[TYPES[one]] !== undefined);
    return type && tables[type];
  });
  return {
    ...child,
    read: (node, scope, reading) => {
      const seen = child.read(node, scope, reading);
      begin(scope, path, node.attributes.find(({ name }) => name === 'type')?.value);
      return seen;
    },
  } as Child<S>;
}

/** An address that says only its type asks for a place of that kind. */
function begin(scope: object, path: string, type: string | undefined): void {
  if (type === undefined || !Object.hasOwn(TYPES, type)) return;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const bag = keys.reduce<Record<string, unknown>>(
    (value, key) => value[key] as Record<string, unknown>,
    scope as Record<string, unknown>,
  );
  bag[last] ??= {};
  (bag[last] as Record<string, unknown>)[TYPES[type as AddressType]] ??= {};
}

const PLACED = 'vmctl places devices itself';

/** `<address>` of a device whose place is not kept in a field: checked, kept, without effect. */
export const placement = (...types: readonly AddressType[]): Child<unknown> => {
  const choices = Object.fromEntries(
    types.map((type) => [
      type,
      {
        attributes: {
          type: ignored(PLACED),
          ...Object.fromEntries(
            Object.entries(MEMBERS[type]).map(([attribute, [, codec]]) => [attribute, ignored(PLACED, codec as never)]),
          ),
        },
      },
    ]),
  );
  return {
    ...one({}),
    read: (node, scope, reading) =>
      chosen<unknown>(byAttribute<Choice<unknown>>('type', choices)).read(node, scope, reading),
  };
};
