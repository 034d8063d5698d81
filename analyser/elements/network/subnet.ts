import { chosen, one } from '../../table/children.ts';
import { fieldOf } from '../../table/rule.ts';
import type { Child, ElementTable } from '../../table/table.ts';
import { whole } from '../../values/numbers.ts';
import { ipText, macAddress, text } from '../../values/texts.ts';
import { wordOf, yesNo } from '../../values/words.ts';
import { listed } from '../common.ts';
import type { HostDraft, NetworkDraft, RangeDraft, RouteDraft, SubnetDraft } from './draft.ts';

const subnet = fieldOf<SubnetDraft>();
const range = fieldOf<RangeDraft>();
const host = fieldOf<HostDraft>();
const route = fieldOf<RouteDraft>();

const AT = 'spec.external.subnets';
const family = wordOf('ipv4', 'ipv6');
const unit = wordOf('seconds', 'minutes', 'hours');
const seconds = whole(0, 4_294_967_295);

const ranges: ElementTable<RangeDraft> = {
  attributes: { start: range('start', ipText), end: range('end', ipText) },
  children: {
    lease: one<RangeDraft>({ attributes: { expiry: range('lease.expiry', seconds), unit: range('lease.unit', unit) } }),
  },
};

const hosts: ElementTable<HostDraft> = {
  attributes: {
    mac: host('macAddress', macAddress),
    id: host('id', text(256)),
    name: host('name', text(253)),
    ip: host('address', ipText),
  },
  children: {
    lease: one<HostDraft>({ attributes: { expiry: host('lease.expiry', seconds), unit: host('lease.unit', unit) } }),
  },
};

const dhcp: ElementTable<SubnetDraft> = {
  children: {
    range: listed<SubnetDraft, RangeDraft>(`${AT}.ranges`, (scope) => scope.ranges, ranges),
    host: listed<SubnetDraft, HostDraft>(`${AT}.hosts`, (scope) => scope.hosts, hosts),
    bootp: one<SubnetDraft>({
      attributes: { file: subnet('bootFile', text()), server: subnet('bootServer', text(253)) },
    }),
  },
};

/** `<ip>`: an address of the host, and what it serves there. Source: https://libvirt.org/formatnetwork.html#addressing */
export const subnets: Child<NetworkDraft> = listed<NetworkDraft, SubnetDraft>(
  AT,
  (draft) => draft.subnets,
  {
    attributes: {
      address: subnet('address', ipText),
      netmask: subnet('netmask', ipText),
      prefix: subnet('prefix', whole(0, 128)),
      family: subnet('family', family),
      localPtr: subnet('localPtr', yesNo),
    },
    children: {
      tftp: one<SubnetDraft>({ attributes: { root: subnet('tftpRoot', text()) } }),
      dhcp: chosen<SubnetDraft>(
        () => dhcp,
        () => dhcp,
      ),
    },
  },
  undefined,
  () => ({ ranges: [], hosts: [] }),
);

/** `<route>`. Source: https://libvirt.org/formatnetwork.html#static-routes */
export const routes = listed<NetworkDraft, RouteDraft>('spec.external.routes', (draft) => draft.routes, {
  attributes: {
    family: route('family', family),
    address: route('address', ipText),
    netmask: route('netmask', ipText),
    prefix: route('prefix', whole(0, 128)),
    gateway: route('gateway', ipText),
    metric: route('metric', whole(0, 4_294_967_295)),
  },
});
