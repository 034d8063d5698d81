import * as z from 'zod';
import { exactlyOneOf } from '../../types/exactly-one.ts';
import { hostPath } from '../../types/primitives.ts';

const format = () => z.enum(['raw', 'qcow2']);

/** libvirt's `<loader type="rom">` and `<bios>`: https://libvirt.org/formatdomain.html#bios-bootloader */
const bios = z
  .object({
    file: hostPath()
      .describe("Firmware of one's own on the node, in a folder that its administrator allows; SeaBIOS otherwise.")
      .optional(),
    serialConsole: z.boolean().describe('Show the firmware on the first serial port as well.').optional(),
    rebootTimeoutMilliseconds: z
      .int()
      .min(-1)
      .max(65535)
      .describe('How long a machine that found nothing to boot waits before it tries again; -1 is never.')
      .optional(),
  })
  .describe('Legacy BIOS (SeaBIOS).');

const loader = z
  .object({
    path: hostPath()
      .describe(
        "Firmware on the node: one that a descriptor of qemu's names, or in a folder that the administrator allows.",
      )
      .optional(),
    format: format().describe('Format of that file; raw where nothing is given.').optional(),
    writable: z
      .boolean()
      .describe('The guest writes to it, code and variables in one: the machine gets a copy of its own of that file.')
      .optional(),
    secure: z
      .boolean()
      .describe('Only code in system management mode may write the variables; as secureBoot where nothing is given.')
      .optional(),
  })
  .describe('The firmware itself; the first that the node has for the machine type and secureBoot otherwise.');

const variables = z
  .object({
    source: hostPath()
      .describe('File that is copied at the first start, such as the store of the machine that this one was.')
      .optional(),
    template: hostPath().describe("What the store starts with otherwise; the firmware's own template.").optional(),
    format: format().describe("Format of the store; the template's where nothing is given.").optional(),
  })
  .describe("The variable store. The machine's own copy is kept until the machine is deleted.");

const uefi = z
  .object({
    secureBoot: z.boolean().default(false).describe('Enforce signatures at boot.'),
    enrolledKeys: z
      .boolean()
      .describe("The vendors' keys are enrolled from the start; as secureBoot where nothing is given.")
      .optional(),
    stateless: z.boolean().describe('The firmware keeps no variables.').optional(),
    loader: loader.optional(),
    variables: variables.optional(),
  })
  .describe('UEFI (OVMF), with a variable store kept per machine.');

export const firmware = exactlyOneOf(z.object({ bios: bios.optional(), uefi: uefi.optional() }), [
  'bios',
  'uefi',
]).describe('Firmware; BIOS where none is given.');
