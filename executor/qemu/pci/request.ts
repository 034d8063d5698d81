import type { PciAddress } from './address.ts';
import type { Connect } from './models.ts';

/** Something that needs a place on a PCI bus. */
export interface Request {
  /** qemu's id of the device. */
  readonly id: string;
  /** Path in the object, for errors. */
  readonly field: string;
  readonly connect: Connect;
  readonly integrated?: boolean;
  /** The place that the spec fixes. */
  readonly fixed?: PciAddress | undefined;
  /** What chipsets have a place of their own for. */
  readonly role?: 'first-video' | 'first-ide' | 'first-sata' | 'first-usb' | 'ich9-sound' | 'dmi-bridge';
  /** Part of a USB 2 controller: they share a slot, each with a function of its own. */
  readonly companion?: { readonly index: number; readonly function: number };
}
