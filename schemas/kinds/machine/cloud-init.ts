import * as z from 'zod';
import { atMostOneOf, exactlyOneOf } from '../../types/exactly-one.ts';
import { listAtomic } from '../../types/list-map.ts';
import { keyReference, reference } from '../../types/reference.ts';
import { withRule } from '../../types/rule.ts';

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

const user = z.object({
  name: z
    .string()
    .max(32)
    .regex(/^[a-z_][a-z0-9_-]*$/)
    .describe("Name of the default user, instead of the distribution's.")
    .optional(),
  passwordSecretRef: keyReference('Secret')
    .describe('Its password, plain or as crypt(3) makes it, from a Secret, under the key password where none is named.')
    .optional(),
});

const seedFields = {
  instanceId: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[A-Za-z0-9._-]+$/)
    .describe(
      "Id by which the guest knows whether this is its first boot; the machine's uid where nothing is given. After a change of it the guest sets itself up again, as if new; other changes it sees at its next boot, in what runs at each boot.",
    )
    .optional(),
  hostName: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/)
    .describe("Host name; the machine's name where nothing is given.")
    .optional(),
  user: user.describe('The default user.').optional(),
  sshAuthorizedKeys: listAtomic(
    z
      .array(
        z
          .string()
          .min(1)
          .max(16 * KIB)
          .regex(/^[^\n\r]+$/),
      )
      .max(64),
  )
    .describe('SSH public keys for the default user.')
    .optional(),
  sshAuthorizedKeysRefs: listAtomic(z.array(reference('Secret')).max(16))
    .describe('Secrets whose values are SSH public keys for the default user, one a line.')
    .optional(),
  userData: text('User data', 'userData').optional(),
  vendorData: text('Vendor data', 'vendorData').optional(),
  metaData: text('Meta data, YAML or JSON, added to what is generated', 'metaData').optional(),
  networkData: text('Network configuration', 'networkData').optional(),
  bus: z
    .enum(['scsi', 'sata', 'ide'])
    .describe('Bus of the drive that the seed is in; scsi (virtio) where nothing is given.')
    .optional(),
};

const SERVED = ['user', 'sshAuthorizedKeys', 'sshAuthorizedKeysRefs', 'userData', 'vendorData', 'metaData'] as const;
const ELSEWHERE = [...SERVED, 'networkData', 'bus'] as const;

const noCloud = withRule(
  z.object({
    ...seedFields,
    seedFrom: z
      .string()
      .max(1024)
      .regex(/^https?:\/\/[^\s;,"'\\]+\/$/)
      .describe(
        'Address below which the guest finds user-data, meta-data, vendor-data and network-config, ending in "/": it is told by the SMBIOS serial number, and there is no seed disk.',
      )
      .optional(),
  }),
  {
    rule: `!has(self.seedFrom) || !(${ELSEWHERE.map((field) => `has(self.${field})`).join(' || ')})`,
    message: `with seedFrom the guest gets its data elsewhere: ${ELSEWHERE.join(', ')} must not be set`,
  },
  (value) => value['seedFrom'] === undefined || ELSEWHERE.every((field) => value[field] === undefined),
);

export const cloudInit = exactlyOneOf(
  z.object({
    noCloud: noCloud.describe('A NoCloud seed (file system label cidata).').optional(),
    configDrive: z.object(seedFields).describe("OpenStack's config drive (file system label config-2).").optional(),
  }),
  ['noCloud', 'configDrive'],
).describe('First-boot configuration that cloud-init in the guest reads.');
