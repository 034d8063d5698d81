import { externalPoolTypes } from '../../../schemas/kinds/storage-pool/external.ts';
import { each, one } from '../../table/children.ts';
import { type Imported, ignored } from '../../table/rule.ts';
import type { ElementTable } from '../../table/table.ts';
import { matching, text } from '../../values/texts.ts';
import { wordOf } from '../../values/words.ts';
import { listed, naming } from '../common.ts';
import { pool as field, option, type PoolDraft } from './draft.ts';
import { source } from './source.ts';

const OBSERVED = { whole: ignored('is observed, and part of the status') };

const options: ElementTable<PoolDraft['options'][number]> = {
  attributes: { name: option('name', text(256)), value: option('value', text(1024)) },
};

const optionList = (name: string): ElementTable<PoolDraft> => ({
  children: {
    [name]: listed<PoolDraft, PoolDraft['options'][number]>('spec.external.options', (draft) => draft.options, options),
  },
});

const is =
  (type: string) =>
  ({ spec }: PoolDraft): boolean =>
    spec.type === type;

/** Declares the prefix of a pool's options where there are some. */
const prefix = (type: string, uri: string): Imported<PoolDraft> => ({
  outcome: 'imported',
  field: 'spec.external.options',
  canonical: false,
  take: (_, text) => (text === uri ? undefined : `is another namespace than ${uri}`),
  give: ({ spec, options }) => (spec.type === type && options.length > 0 ? uri : undefined),
  same: (one, other) => one === other,
});

/** `<pool>`: where volumes are kept. Source: https://libvirt.org/formatstorage.html */
export const pool: ElementTable<PoolDraft> = {
  attributes: {
    'xmlns:fs': prefix('netfs', 'http://libvirt.org/schemas/storagepool/fs/1.0'),
    'xmlns:rbd': prefix('rbd', 'http://libvirt.org/schemas/storagepool/rbd/1.0'),
    type: field('spec.type', wordOf(...externalPoolTypes), { field: 'spec.external.type' }),
  },
  children: {
    name: one<PoolDraft>(naming.name),
    uuid: one<PoolDraft>(naming.uuid),
    capacity: each(OBSERVED),
    allocation: each(OBSERVED),
    available: each(OBSERVED),
    features: each({ whole: { outcome: 'refused', reason: 'features of pools are not supported' } }),
    source: one<PoolDraft>(source),
    target: one<PoolDraft>({
      children: {
        path: one<PoolDraft>({ text: field('spec.path', matching(/^[^\n\r\0]{1,4096}$/, 'path on one line')) }),
        permissions: each({ whole: ignored('the executor makes folders for itself alone') }),
      },
    }),
    refresh: each({ whole: ignored('the executor looks at a pool in a way of its own') }),
    'fs:mount_opts': one<PoolDraft>(optionList('fs:option'), is('netfs')),
    'rbd:config_opts': one<PoolDraft>(optionList('rbd:option'), is('rbd')),
  },
};
