import { one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { field, fieldOf, same, selector } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { secretUsage, secretUuid } from '../values/secrets.ts';
import { text } from '../values/texts.ts';
import { wordOf } from '../values/words.ts';
import type { LayerDraft } from './draft.ts';

const layer = fieldOf<LayerDraft>();

/** libvirt's secrets are told by UUID or by use; each is a Secret of ours. Source: https://libvirt.org/formatsecret.html */
const named = (path: string, shown: string) => ({
  usage: field<object, string>(path as never, secretUsage, { field: shown }),
  uuid: field<object, string>(path as never, secretUuid, { field: shown }),
});

/** Who asks a server for a disk. */
export const auth: Child<LayerDraft> = one({
  attributes: { username: layer('spec.network.auth.user', text(255), { field: 'spec.source.network.auth.user' }) },
  children: {
    secret: one({
      attributes: {
        type: same('follows from the protocol', 'ceph', 'iscsi', 'passphrase'),
        ...named('spec.network.auth.secret.name', 'spec.source.network.auth.secret'),
      },
    }),
  },
});

type Secret = NonNullable<NonNullable<LayerDraft['spec']['encryption']>['secrets']>[number];

const secret: ElementTable<Secret> = {
  attributes: { type: selector('passphrase', 'spec'), ...named('name', 'spec.name') },
};

/** `<encryption>`: how the content is encrypted, and where its passphrases are. */
export const encryption: Child<LayerDraft> = one({
  attributes: {
    format: layer('spec.encryption.format', wordOf('luks', 'luks2', 'luks-any', 'qcow'), {
      field: 'spec.source.encryption.format',
    }),
    engine: layer('spec.encryption.engine', wordOf('qemu', 'librbd'), { field: 'spec.source.encryption.engine' }),
  },
  children: {
    secret: ordered<LayerDraft, Secret>({
      at: '.source.encryption.secrets',
      list: ({ spec }) => spec.encryption?.secrets,
      begin: ({ spec }) => {
        spec.encryption = { ...spec.encryption, secrets: spec.encryption?.secrets ?? [] } as NonNullable<
          typeof spec.encryption
        >;
        return spec.encryption.secrets as Secret[];
      },
      make: () => ({ name: '' }),
      choice: () => secret,
      writes: () => secret,
    }),
  },
});
