import { one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { ignored } from '../table/rule.ts';
import { byAttribute, type Child, type ElementTable } from '../table/table.ts';
import { address, whole } from '../values/numbers.ts';
import { matching } from '../values/texts.ts';
import { onOff } from '../values/words.ts';

const PLACED = 'vmctl places devices itself';

const place = (codec?: Parameters<typeof ignored>[1]) => ignored(PLACED, codec);

const tables = {
  pci: {
    attributes: {
      type: place(),
      domain: place(address(0xffffffff)),
      bus: place(address(0xff)),
      slot: place(address(0x1f)),
      function: place(address(7)),
      multifunction: place(onOff),
    },
  },
  drive: {
    attributes: {
      type: place(),
      controller: place(whole()),
      bus: place(whole()),
      target: place(whole()),
      unit: place(whole()),
    },
  },
  usb: {
    attributes: {
      type: place(),
      bus: place(whole(0, 127)),
      port: place(matching(/^[0-9]+(\.[0-9]+){0,3}$/, 'USB port')),
    },
  },
  'virtio-serial': {
    attributes: { type: place(), controller: place(whole()), bus: place(whole()), port: place(whole()) },
  },
  ccid: { attributes: { type: place(), controller: place(whole()), slot: place(whole()) } },
  isa: { attributes: { type: place(), iobase: place(address(0xffff)), irq: place(address(0xf)) } },
} satisfies Record<string, ElementTable<unknown>>;

export type AddressType = keyof typeof tables;

/** `<address>` of a device that the guest finds by itself: checked, kept, without effect. */
export const placement = (...types: readonly AddressType[]): Child<unknown> => {
  const choices = Object.fromEntries(types.map((type) => [type, tables[type]]));
  return {
    ...one({}),
    read: (node, scope, reading) => readElement(node, byAttribute('type', choices)(node), scope, reading),
  };
};
