import { aside, one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { field, fieldOf, ignored, same, selector } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { secretUsage, secretUuid } from '../values/secrets.ts';
import { matching, text } from '../values/texts.ts';
import type { HostDeviceDraft } from './draft.ts';

const host = fieldOf<HostDeviceDraft>();

type Server = NonNullable<NonNullable<NonNullable<HostDeviceDraft['spec']['scsi']>['network']>['hosts']>[number];
const server: ElementTable<Server> = {
  attributes: {
    name: fieldOf<Server>()('name', text(255), { field: 'spec.name' }),
    port: fieldOf<Server>()('port', whole(1, 65535), { field: 'spec.port' }),
  },
};

const at = 'spec.scsi.network';
const secretName = `${at}.auth.secret.name` as never;

const REMEMBERED = aside<HostDeviceDraft>({ whole: ignored('what libvirt remembers of a running machine') });

/** `<source>` of an iSCSI target. */
export const iscsi: ElementTable<HostDeviceDraft> = {
  attributes: {
    protocol: selector('iscsi', at),
    name: host(`${at}.name` as never, text(223), { field: `${at}.name` }),
  },
  children: {
    host: ordered<HostDeviceDraft, Server>({
      at: '.scsi.network.hosts',
      list: ({ spec }) => spec.scsi?.network?.hosts,
      begin: ({ spec }) => {
        const network = { protocol: 'iscsi' as const, ...spec.scsi?.network };
        spec.scsi = { ...spec.scsi, network: { ...network, hosts: network.hosts ?? [] } };
        return spec.scsi.network?.hosts as Server[];
      },
      make: () => ({}),
      choice: () => server,
      writes: () => server,
    }),
    auth: one({
      attributes: { username: host(`${at}.auth.user` as never, text(255), { field: `${at}.auth.user` }) },
      children: {
        secret: one({
          attributes: {
            type: same('follows from the protocol', 'iscsi'),
            usage: field<HostDeviceDraft, string>(secretName, secretUsage, { field: `${at}.auth.secret` }),
            uuid: field<HostDeviceDraft, string>(secretName, secretUuid, { field: `${at}.auth.secret` }),
          },
        }),
      },
    }),
    privateData: REMEMBERED,
    initiator: one({
      children: {
        iqn: one({ attributes: { name: host(`${at}.initiator` as never, text(223), { field: `${at}.initiator` }) } }),
      },
    }),
  },
};

/** `<source>` of a device of a host bus adapter. */
export const scsi: ElementTable<HostDeviceDraft> = {
  attributes: { protocol: same('the usual one', 'adapter') },
  children: {
    privateData: REMEMBERED,
    adapter: one({
      attributes: { name: host('spec.scsi.adapter', matching(/^scsi_host[0-9]{1,4}$/, 'host bus adapter')) },
    }),
    address: one({
      attributes: {
        type: same('the only kind', 'scsi'),
        bus: host('spec.scsi.bus', whole(0, 0xffff)),
        target: host('spec.scsi.target', whole(0, 0xffff)),
        unit: host('spec.scsi.unit', whole()),
      },
    }),
  },
};

/** `<source>` of a target of vhost-scsi. */
export const scsiHost: ElementTable<HostDeviceDraft> = {
  attributes: {
    protocol: selector('vhost', 'spec.scsiHost'),
    wwpn: host('spec.scsiHost.wwpn', matching(/^naa\.[0-9a-fA-F]{16}$/, 'port name such as naa.5123456789abcde0')),
  },
};
