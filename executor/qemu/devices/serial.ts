import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { serialLog, serialPipe } from '../sockets.ts';
import { chardevArguments, terminalChardev } from './character.ts';
import { usbPlace } from './usb.ts';

type Serial = Board['spec']['serials'][number];
type Properties = { readonly driver: string; readonly [property: string]: unknown };

const isa = ({ address }: Serial): object => ({
  ...(address?.isa?.ioBase !== undefined && { iobase: address.isa.ioBase }),
  ...(address?.isa?.irq !== undefined && { irq: address.isa.irq }),
});

const PORTS = {
  isa: (_, serial, index) => ({ driver: 'isa-serial', index: serial.port ?? index, ...isa(serial) }),
  pci: (board, serial) => ({ driver: 'pci-serial', ...board.pci(`serial-${serial.name}`, 'board') }),
  usb: (board, serial) => ({ driver: 'usb-serial', ...usbPlace(board, `serial-${serial.name}`) }),
  debug: (_, serial) => ({ driver: 'isa-debugcon', ...isa(serial) }),
} satisfies Record<Serial['type'], (board: Board, serial: Serial, index: number) => Properties>;

/** A port is a terminal of vmctl's own, unless the spec says where its other end is. */
const chardev = ({ input }: Board, { backend, log }: Serial, index: number): string[] =>
  backend
    ? chardevArguments(`serial${index}`, { backend, log, dbusName: `org.qemu.console.serial.${index}` })
    : terminalChardev(`serial${index}`, serialPipe(input.runDir, index), serialLog(input.runDir, index));

export const serialArguments = (board: Board): string[] =>
  board.spec.serials.flatMap((serial, index) => [
    ...chardev(board, serial, index),
    ...device({ ...PORTS[serial.type](board, serial, index), id: `serial-${serial.name}`, chardev: `serial${index}` }),
  ]);

/** Ports for printers; without another end there is nothing to print to. */
export const parallelArguments = (board: Board): string[] =>
  board.spec.parallels.flatMap(({ name, backend, log, address }, index) => [
    ...chardevArguments(`parallel${index}`, { backend: backend ?? { null: {} }, log, parallel: true }),
    ...device({
      driver: 'isa-parallel',
      id: `parallel-${name}`,
      chardev: `parallel${index}`,
      ...(address?.isa?.ioBase !== undefined && { iobase: address.isa.ioBase }),
      ...(address?.isa?.irq !== undefined && { irq: address.isa.irq }),
    }),
  ]);
