import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { listAtomic } from '../../../types/list-map.ts';
import { hostPath } from '../../../types/primitives.ts';
import { address } from '../address.ts';
import { line } from '../disk/location.ts';
import { backend } from './character.ts';
import { named } from './named.ts';

export const smartCard = exactlyOneOf(
  z.object({
    ...named,
    host: z.object({}).describe('The reader of the node.').optional(),
    certificates: z
      .object({
        names: listAtomic(z.array(line(255)).length(3)).describe('Names of three certificates.'),
        database: hostPath().describe('Folder of the database; /etc/pki/nssdb where nothing is given.').optional(),
      })
      .describe('An emulated card with certificates of the node.')
      .optional(),
    passthrough: backend.describe('A card at the other end of a character device.').optional(),
    address: address('ccid', 'usb'),
  }),
  ['host', 'certificates', 'passthrough'],
);
