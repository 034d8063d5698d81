import * as z from 'zod';
import { address } from '../address.ts';
import { backend } from './character.ts';
import { named } from './named.ts';

const identifier = () =>
  z
    .string()
    .max(6)
    .regex(/^0x[0-9a-fA-F]{1,4}$/);

export const redirectedDevice = z.object({
  ...named,
  backend: backend.describe("Where the USB device comes from; the machine's SPICE display usually."),
  bootOrder: z.int().min(1).max(64).describe('Place in the boot order, the lowest first.').optional(),
  address: address('usb'),
});

/** One rule of which USB devices may be redirected; the first that matches decides. */
export const redirectionRule = z.object({
  class: identifier().describe('Class of the device; any where nothing is given.').optional(),
  vendor: identifier().describe('Vendor; any where nothing is given.').optional(),
  product: identifier().describe('Product; any where nothing is given.').optional(),
  version: z
    .string()
    .max(5)
    .regex(/^[0-9]{1,2}\.[0-9]{1,2}$/)
    .describe('Version, 2.0; any where nothing is given.')
    .optional(),
  allow: z.boolean().describe('Whether it may be redirected.'),
});
