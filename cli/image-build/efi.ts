/** What the UEFI partition holds: Microsoft's signature is on shim, Debian's on GRUB, so secure boot takes both. */
const FILES = [
  { from: 'usr/lib/shim/shimx64.efi.signed', to: '::/EFI/BOOT/BOOTX64.EFI' },
  { from: 'usr/lib/shim/mmx64.efi.signed', to: '::/EFI/BOOT/mmx64.efi' },
  { from: 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed', to: '::/EFI/BOOT/grubx64.efi' },
] as const;

const FOLDERS = ['::/EFI', '::/EFI/BOOT', '::/EFI/debian'];

/**
 * The commands of mtools that make the file system on a file.
 * @param root folder of the new system
 * @param grubConfig a file that GRUB reads first
 */
export const efiCommands = (file: string, root: string, grubConfig: string): string[][] => [
  ['mformat', '-i', file, '-F', '-v', 'EFI', '::'],
  ['mmd', '-i', file, ...FOLDERS],
  ...FILES.map(({ from, to }) => ['mcopy', '-i', file, `${root}/${from}`, to]),
  ['mcopy', '-i', file, grubConfig, '::/EFI/debian/grub.cfg'],
];
