import { chosen, each, one } from '../../table/children.ts';
import { ignored } from '../../table/rule.ts';
import type { ElementTable } from '../../table/table.ts';
import { whole } from '../../values/numbers.ts';
import { matching, text, uuid } from '../../values/texts.ts';
import { wordOf, yesNo } from '../../values/words.ts';
import { listed } from '../common.ts';
import { device, host, type PoolDraft, pool } from './draft.ts';

const line = matching(/^[^\n\r\0]{1,4096}$/, 'text on one line');

const hosts = listed<PoolDraft, PoolDraft['hosts'][number]>('spec.external.hosts', (draft) => draft.hosts, {
  attributes: { name: host('name', line), port: host('port', whole(0, 65535)) },
});

const devices = listed<PoolDraft, PoolDraft['devices'][number]>('spec.external.devices', (draft) => draft.devices, {
  attributes: { path: device('path', line), part_separator: device('partSeparator', yesNo) },
  children: { freeExtent: each({ whole: ignored('is observed, and changes') }) },
});

const adapter: ElementTable<PoolDraft> = {
  attributes: {
    type: pool('spec.adapter.type', wordOf('scsi_host', 'fc_host')),
    name: pool('spec.adapter.name', line),
    parent: pool('spec.adapter.parent', line),
    managed: pool('spec.adapter.managed', yesNo),
    wwnn: pool('spec.adapter.wwnn', matching(/^[0-9a-fA-F]{16}$/, 'world-wide name')),
    wwpn: pool('spec.adapter.wwpn', matching(/^[0-9a-fA-F]{16}$/, 'world-wide name')),
  },
};

const auth: ElementTable<PoolDraft> = {
  attributes: {
    type: pool('spec.auth.type', wordOf('chap', 'ceph')),
    username: pool('spec.auth.username', line),
  },
  children: {
    secret: one<PoolDraft>({
      attributes: {
        uuid: pool('spec.auth.secretUuid', uuid),
        usage: pool('spec.auth.secretUsage', text(1024)),
      },
    }),
  },
};

const path: ElementTable<PoolDraft> = { attributes: { path: pool('spec.directory', line) } };

/** Where a pool's content comes from. Source: https://libvirt.org/formatstorage.html#source-elements */
export const source: ElementTable<PoolDraft> = {
  children: {
    host: hosts,
    device: devices,
    dir: one<PoolDraft>(path),
    name: one<PoolDraft>({ text: pool('spec.name', line) }),
    adapter: one<PoolDraft>(adapter),
    format: one<PoolDraft>({ attributes: { type: pool('spec.format', matching(/^[A-Za-z0-9._-]{1,32}$/, 'format')) } }),
    protocol: one<PoolDraft>({
      attributes: { ver: pool('spec.protocolVersion', matching(/^[0-9.]{1,8}$/, 'version')) },
    }),
    auth: one<PoolDraft>(auth),
    initiator: chosen<PoolDraft>(
      () => ({ children: { iqn: one<PoolDraft>(iqn) } }),
      (draft) => (draft.spec.initiator === undefined ? undefined : { children: { iqn: one<PoolDraft>(iqn) } }),
    ),
    vendor: one<PoolDraft>({ attributes: { name: ignored('is only a remark about the server') } }),
    product: one<PoolDraft>({ attributes: { name: ignored('is only a remark about the server') } }),
  },
};

const iqn: ElementTable<PoolDraft> = { attributes: { name: pool('spec.initiator', line) } };
