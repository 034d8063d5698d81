import { SECTOR } from './gpt.ts';

/** Offsets in GRUB's boot.img (grub-core/boot/i386/pc/boot.S, include/grub/i386/pc/boot.h). */
const KERNEL_SECTOR = 0x5c;
const DRIVE_CHECK = 0x66;
/** Of the one block list in the first sector of core.img (diskboot.S): 12 bytes before its end. */
const BLOCK_LIST = SECTOR - 12;
const NOP = 0x90;

/**
 * The boot code of GRUB for a BIOS: it loads core.img from a sector, as grub-bios-setup would have set it. A hard disk is booted
 * from, so the check that is there for BIOSes that tell a wrong drive is left out, also as grub-bios-setup does.
 */
export function bootCode(bootImage: Buffer, coreStart: number): Buffer {
  const code = Buffer.from(bootImage);
  code.writeBigUInt64LE(BigInt(coreStart / SECTOR), KERNEL_SECTOR);
  code.fill(NOP, DRIVE_CHECK, DRIVE_CHECK + 2);
  return code;
}

/** core.img for a place on a disk: its first sector loads the others, which follow it. */
export function placedCore(core: Buffer, coreStart: number): Buffer {
  const placed = Buffer.from(core);
  placed.writeBigUInt64LE(BigInt(coreStart / SECTOR + 1), BLOCK_LIST);
  return placed;
}
