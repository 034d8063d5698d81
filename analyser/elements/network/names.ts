import { fieldOf } from '../../table/rule.ts';
import type { ElementTable } from '../../table/table.ts';
import { whole } from '../../values/numbers.ts';
import { ipText, text } from '../../values/texts.ts';
import { yesNo } from '../../values/words.ts';
import { listed } from '../common.ts';
import type { DnsHostDraft, ForwarderDraft, NameDraft, NetworkDraft, ServiceDraft, TextDraft } from './draft.ts';
import { network } from './draft.ts';

const forwarder = fieldOf<ForwarderDraft>();
const host = fieldOf<DnsHostDraft>();
const name = fieldOf<NameDraft>();
const txt = fieldOf<TextDraft>();
const srv = fieldOf<ServiceDraft>();

const AT = 'spec.external.dns';

const hosts: ElementTable<DnsHostDraft> = {
  attributes: { ip: host('address', ipText) },
  children: {
    hostname: listed<DnsHostDraft, NameDraft>(`${AT}.hosts.names`, (scope) => scope.names, {
      text: name('text', text(253)),
    }),
  },
};

const services: ElementTable<ServiceDraft> = {
  attributes: {
    service: srv('service', text(64)),
    protocol: srv('protocol', text(16)),
    domain: srv('domain', text(253)),
    target: srv('target', text(253)),
    port: srv('port', whole(0, 65535)),
    priority: srv('priority', whole(0, 65535)),
    weight: srv('weight', whole(0, 65535)),
  },
};

/** `<dns>`. Source: https://libvirt.org/formatnetwork.html#network-namespaces */
export const dns: ElementTable<NetworkDraft> = {
  attributes: {
    enable: network('dns.enabled', yesNo, { field: `${AT}.enabled` }),
    forwardPlainNames: network('dns.forwardPlainNames', yesNo, { field: `${AT}.forwardPlainNames` }),
  },
  children: {
    forwarder: listed<NetworkDraft, ForwarderDraft>(`${AT}.forwarders`, (draft) => draft.forwarders, {
      attributes: { domain: forwarder('domain', text(253)), addr: forwarder('address', ipText) },
    }),
    host: listed<NetworkDraft, DnsHostDraft>(
      `${AT}.hosts`,
      (draft) => draft.dnsHosts,
      hosts,
      undefined,
      () => ({ names: [] }),
    ),
    txt: listed<NetworkDraft, TextDraft>(`${AT}.texts`, (draft) => draft.texts, {
      attributes: { name: txt('name', text(253)), value: txt('value', text(1024)) },
    }),
    srv: listed<NetworkDraft, ServiceDraft>(`${AT}.services`, (draft) => draft.services, services),
  },
};
