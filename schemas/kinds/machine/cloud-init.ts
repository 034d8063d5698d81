import * as z from 'zod';
import { atMostOneOf, exactlyOneOf } from '../../types/exactly-one.ts';
import { listAtomic } from '../../types/list-map.ts';
import { keyReference, reference } from '../../types/reference.ts';

const KIB = 1024;

const text = (what: string, file: string) =>
  atMostOneOf(
    z.object({
      inline: z
        .string()
        .max(64 * KIB)
        .describe(`${what}, as text.`)
        .optional(),
      secretRef: keyReference('Secret')
        .describe(`${what} from a Secret, under the key ${file} where none is named.`)
        .optional(),
      configMapRef: keyReference('ConfigMap')
        .describe(`${what} from a ConfigMap, under the key ${file} where none is named.`)
        .optional(),
    }),
    ['inline', 'secretRef', 'configMapRef'],
  ).describe(`${what}.`);

const seed = (layout: string) =>
  z
    .object({
      hostName: z
        .string()
        .min(1)
        .max(253)
        .regex(/^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/)
        .describe("Host name; the machine's name where nothing is given.")
        .optional(),
      userData: text('User data', 'userData').optional(),
      vendorData: text('Vendor data', 'vendorData').optional(),
      metaData: text('Meta data', 'metaData').optional(),
      networkData: text('Network configuration', 'networkData').optional(),
      sshAuthorizedKeysRefs: listAtomic(z.array(reference('Secret')).max(16))
        .describe('Secrets whose values are SSH public keys for the default user.')
        .optional(),
    })
    .describe(layout);

export const cloudInit = exactlyOneOf(
  z.object({
    noCloud: seed('A NoCloud seed (file system label cidata).').optional(),
    configDrive: seed("OpenStack's config drive (file system label config-2).").optional(),
  }),
  ['noCloud', 'configDrive'],
).describe('First-boot configuration that cloud-init in the guest reads.');
