import * as z from 'zod';
import { exactlyOneOf } from '../../types/exactly-one.ts';

const byte = (max: number) => z.int().min(0).max(max);

const kindsOfAddress = {
  pci: z
    .object({
      domain: byte(0xffff).describe('Domain; 0 where nothing is given.').optional(),
      bus: byte(0xff).describe('Number of the PCI controller; 0 where nothing is given.').optional(),
      slot: byte(0x1f).describe('Slot on it; 0 where nothing is given.').optional(),
      function: byte(7).describe('Function in the slot; 0 where nothing is given.').optional(),
      multifunction: z.boolean().describe('Whether there are other functions in the slot.').optional(),
    })
    .describe('A place on a PCI bus; all zeroes are no place, and one is chosen.')
    .optional(),
  drive: z
    .object({
      controller: byte(255)
        .describe('Number of the controller among those of its kind; 0 where nothing is given.')
        .optional(),
      bus: byte(255).describe('Bus or channel of the controller; 0 where nothing is given.').optional(),
      target: byte(0xffff).describe('SCSI target; 0 where nothing is given.').optional(),
      unit: byte(0xffff).describe('Unit, or SCSI LUN; 0 where nothing is given.').optional(),
    })
    .describe('A place on an IDE, SATA, SCSI or floppy controller.')
    .optional(),
  usb: z
    .object({
      bus: byte(127).describe('Number of the USB controller; 0 where nothing is given.').optional(),
      port: z
        .string()
        .max(15)
        .regex(/^[0-9]+(\.[0-9]+){0,3}$/)
        .describe('Port, through hubs: 1.4.')
        .optional(),
    })
    .describe('A USB port.')
    .optional(),
  virtioSerial: z
    .object({
      controller: byte(255).describe('Number of the virtio-serial controller; 0 where nothing is given.').optional(),
      bus: byte(255).describe('Bus of it, 0.').optional(),
      port: byte(0x7fffffff).describe('Number of the port; the next free one where nothing is given.').optional(),
    })
    .describe('A port of a virtio-serial controller.')
    .optional(),
  ccid: z
    .object({
      controller: byte(255).describe('Number of the smart card controller; 0 where nothing is given.').optional(),
      slot: byte(255).describe('Slot of it; 0 where nothing is given.').optional(),
    })
    .describe('A slot for a smart card.')
    .optional(),
  isa: z
    .object({
      ioBase: byte(0xffff).describe('First I/O port.').optional(),
      irq: byte(15).describe('Interrupt.').optional(),
    })
    .describe('I/O ports and interrupt of an ISA device.')
    .optional(),
};

type Kinds = typeof kindsOfAddress;
export type AddressKind = keyof Kinds;

/**
 * Where the guest finds a device, where a person wants it fixed: one of the kinds that the device can have. The terms are
 * those of https://libvirt.org/formatdomain.html#device-addresses, buses and controllers numbered as there.
 */
export function address<K extends AddressKind>(...kinds: readonly [K, ...K[]]) {
  const members = Object.fromEntries(kinds.map((kind) => [kind, kindsOfAddress[kind]])) as Pick<Kinds, K>;
  return exactlyOneOf(z.object(members), kinds as readonly (K & keyof Pick<Kinds, K> & string)[])
    .describe('Where the guest finds it; chosen and kept where nothing is given.')
    .optional();
}
