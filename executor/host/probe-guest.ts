import { abs16, bootSector, dword, label, type Piece, rel8, rel16, text, word } from './machine-code.ts';

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

/** Where the page tables go: one 2 MiB page that maps the first addresses to themselves. */
const [LEVEL_4, LEVEL_3, LEVEL_2] = [0x1000, 0x2000, 0x3000];
const CODE_SEGMENT = 0x08;
const DATA_SEGMENT = 0x10;

/** Switches on paging and 64-bit mode, from where there is no BIOS. Goes on at `long`. */
const ENTER_LONG_MODE: readonly Piece[] = [
  ...[0xfa], //                             cli
  ...[0xbf, ...word(LEVEL_4)], //           mov di, LEVEL_4
  ...[0x66, 0x31, 0xc0], //                 xor eax, eax
  ...[0xb9, ...word(0x3000 / 4)], //        mov cx, three pages of dwords
  ...[0xf3, 0x66, 0xab], //                 rep stosd
  ...[0xc7, 0x06, ...word(LEVEL_4), ...word(LEVEL_3 | 3)], // mov word [LEVEL_4], LEVEL_3 | present | writable
  ...[0xc7, 0x06, ...word(LEVEL_3), ...word(LEVEL_2 | 3)], // mov word [LEVEL_3], LEVEL_2 | present | writable
  ...[0xc7, 0x06, ...word(LEVEL_2), ...word(0x83)], // mov word [LEVEL_2], 0 | present | writable | 2 MiB
  ...[0x66, 0xb8, ...dword(LEVEL_4)], //    mov eax, LEVEL_4
  ...[0x0f, 0x22, 0xd8], //                 mov cr3, eax
  ...[0x0f, 0x20, 0xe0], //                 mov eax, cr4
  ...[0x0c, 0x20], //                       or al, PAE
  ...[0x0f, 0x22, 0xe0], //                 mov cr4, eax
  ...[0x66, 0xb9, ...dword(0xc0000080)], // mov ecx, EFER
  ...[0x0f, 0x32], //                       rdmsr
  ...[0x80, 0xcc, 0x01], //                 or ah, LME
  ...[0x0f, 0x30], //                       wrmsr
  ...[0x0f, 0x01, 0x16, abs16('gdtr')], //  lgdt [gdtr]
  ...[0x0f, 0x20, 0xc0], //                 mov eax, cr0
  ...[0x66, 0x0d, ...dword(0x80000001)], // or eax, PG | PE
  ...[0x0f, 0x22, 0xc0], //                 mov cr0, eax
  ...[0xea, abs16('long'), ...word(CODE_SEGMENT)], // jmp CODE_SEGMENT:long
];

/**
 * A processor, and TCG too, does it in a tenth of a second; a KVM that merely emulates its guests needs minutes.
 */
const COUNT = 20_000_000;

/** In 64-bit mode: counts, and then speaks. */
const LONG_MODE: readonly Piece[] = [
  label('long'),
  ...[0xb8, ...dword(DATA_SEGMENT)], //     mov eax, DATA_SEGMENT
  ...[0x8e, 0xd8], //                       mov ds, ax
  ...[0x8e, 0xd0], //                       mov ss, ax
  ...[0xb9, ...dword(COUNT)], //            mov ecx, COUNT
  label('count'),
  ...[0xff, 0xc9], //                       dec ecx
  ...[0x75, rel8('count')], //              jnz count
  ...[0xbe, abs16('ready'), ...word(0)], // mov esi, ready
  label('next'),
  ...[0xac], //                             lodsb
  ...[0x84, 0xc0], //                       test al, al
  ...[0x74, rel8('sleep')], //              jz sleep
  ...[0x88, 0xc4], //                       mov ah, al
  ...[0x66, 0xba, ...word(0x3fd)], //       mov dx, 0x3fd
  label('full'),
  ...[0xec], //                             in al, dx
  ...[0xa8, 0x20], //                       test al, 0x20
  ...[0x74, rel8('full')], //               jz full
  ...[0xb2, 0xf8], //                       mov dl, 0xf8
  ...[0x88, 0xe0], //                       mov al, ah
  ...[0xee], //                             out dx, al
  ...[0xeb, rel8('next')], //               jmp next
  label('sleep'),
  ...[0xf4], //                             hlt
  ...[0xeb, rel8('sleep')], //              jmp sleep
];

const DESCRIPTORS: readonly Piece[] = [
  label('gdt'),
  ...[0, 0, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0x9a, 0x20, 0], //     64-bit code
  ...[0, 0, 0, 0, 0, 0x92, 0, 0], //        data
  label('gdtr'),
  ...word(3 * 8 - 1),
  abs16('gdt'),
  ...word(0),
];

/**
 * A boot sector that goes to 64-bit mode with paging, works there for a moment and only then says that it is ready. Less
 * proves nothing: there are hosts (kvm-pvm) whose KVM emulates ordinary guests instruction by instruction, until it meets one that
 * it does not know.
 */
export function probeGuest(): Buffer {
  return bootSector([
    ...SETUP,
    ...ENTER_LONG_MODE,
    ...LONG_MODE,
    ...DESCRIPTORS,
    label('ready'),
    ...text(`${READY}\n`),
  ]);
}
