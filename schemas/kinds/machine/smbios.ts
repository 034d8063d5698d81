import * as z from 'zod';
import { exactlyOneOf } from '../../types/exactly-one.ts';
import { listAtomic } from '../../types/list-map.ts';
import { hostPath } from '../../types/primitives.ts';

const text = (what: string) =>
  z
    .string()
    .max(1024)
    .regex(/^[^\n\r\0]*$/)
    .describe(what)
    .optional();

const bios = z.object({
  vendor: text('Vendor.'),
  version: text('Version.'),
  date: text('Date of release, MM/DD/YYYY.'),
  release: text('Number of the release, such as 5.4.'),
});

const board = z.object({
  manufacturer: text('Manufacturer.'),
  product: text('Product name.'),
  version: text('Version.'),
  serial: text('Serial number.'),
  asset: text('Asset tag.'),
  location: text('Location in the chassis.'),
});

const chassis = z.object({
  manufacturer: text('Manufacturer.'),
  version: text('Version.'),
  serial: text('Serial number.'),
  asset: text('Asset tag.'),
  sku: text('SKU number.'),
});

/** Source: https://libvirt.org/formatdomain.html#smbios-system-information */
export const smbios = z
  .object({
    manufacturer: text('System manufacturer.'),
    product: text('System product name.'),
    version: text('System version.'),
    serial: text('System serial number.'),
    uuid: z
      .string()
      .length(36)
      .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/)
      .describe("System UUID as the guest sees it; the object's uid where none is given.")
      .optional(),
    sku: text('System SKU number.'),
    family: text('System family.'),
    bios: bios.describe('SMBIOS type 0.').optional(),
    boards: listAtomic(z.array(board).max(16)).describe('SMBIOS type 2.').optional(),
    chassis: chassis.describe('SMBIOS type 3.').optional(),
    oemStrings: listAtomic(
      z
        .array(
          z
            .string()
            .max(4096)
            .regex(/^[^\0]*$/),
        )
        .max(64),
    )
      .describe('SMBIOS type 11.')
      .optional(),
  })
  .describe('SMBIOS type 1, what dmidecode shows as system information, and other types.');

const entry = exactlyOneOf(
  z.object({
    name: z
      .string()
      .min(5)
      .max(55)
      .regex(/^opt\/[A-Za-z0-9._/+-]+$/)
      .describe('Name that the guest finds it by, opt/ORGANISATION/NAME.'),
    value: z
      .string()
      .max(65536)
      .regex(/^[^\0]*$/)
      .describe('The text itself.')
      .optional(),
    path: hostPath().describe('File on the node, in a folder that its administrator allows.').optional(),
  }),
  ['value', 'path'],
);

/** qemu's fw_cfg: https://libvirt.org/formatdomain.html#smbios-system-information */
export const firmwareConfig = listAtomic(z.array(entry).max(64)).describe(
  'Texts that the guest reads from the firmware configuration device.',
);
