import { abs16, bootSector, label, type Piece, rel8, rel16, text } from './machine-code.ts';

/** What the guest says on its first serial port once the processor really runs its instructions. */
export const READY = 'vmctl-guest ready';

/** Segments to zero and the stack below the code, as a boot sector finds neither. */
export const SETUP: readonly Piece[] = [
  ...[0xfa], //                             cli
  ...[0x31, 0xc0], //                       xor ax, ax
  ...[0x8e, 0xd8], //                       mov ds, ax
  ...[0x8e, 0xc0], //                       mov es, ax
  ...[0x8e, 0xd0], //                       mov ss, ax
  ...[0xbc, 0x00, 0x7c], //                 mov sp, 0x7c00
  ...[0xfb, 0xfc], //                       sti; cld
];

/** Prints `ready`, which must be a label in the same sector. */
export const ANNOUNCE: readonly Piece[] = [0xbe, abs16('ready'), 0xe8, rel16('print')]; // mov si, ready; call print

/** `print` writes the text at SI, `putc` the character in AL, to COM1; putc changes AX and DX. */
export const SERIAL: readonly Piece[] = [
  label('print'),
  ...[0xac], //                             lodsb
  ...[0x84, 0xc0], //                       test al, al
  ...[0x74, rel8('printed')], //            jz printed
  ...[0xe8, rel16('putc')], //              call putc
  ...[0xeb, rel8('print')], //              jmp print
  label('printed'),
  ...[0xc3], //                             ret
  label('putc'),
  ...[0x88, 0xc4], //                       mov ah, al
  ...[0xba, 0xfd, 0x03], //                 mov dx, 0x3fd       ; line status
  label('busy'),
  ...[0xec], //                             in al, dx
  ...[0xa8, 0x20], //                       test al, 0x20       ; transmitter empty?
  ...[0x74, rel8('busy')], //               jz busy
  ...[0xb2, 0xf8], //                       mov dl, 0xf8        ; 0x3f8, data
  ...[0x88, 0xe0], //                       mov al, ah
  ...[0xee], //                             out dx, al
  ...[0xc3], //                             ret
];

/** A boot sector that says it is ready and then sleeps for ever. */
export function probeGuest(): Buffer {
  return bootSector([
    ...SETUP,
    ...ANNOUNCE,
    label('sleep'),
    ...[0xf4], //                           hlt
    ...[0xeb, rel8('sleep')], //            jmp sleep
    ...SERIAL,
    label('ready'),
    ...text(`${READY}\n`),
  ]);
}
