import { aside, one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf, ignored, runtime } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, text, uuid } from '../values/texts.ts';
import { onOff, wordOf, yesNo } from '../values/words.ts';
import type { InterfaceDraft } from './draft.ts';
import { romRules } from './rom.ts';
import { virtioRules } from './virtio.ts';

const nic = fieldOf<InterfaceDraft>();
const rule = <V>(path: Parameters<typeof nic<V>>[0], codec: Parameters<typeof nic<V>>[1]) => nic<V>(path, codec);

const offload = (side: 'host' | 'guest') =>
  one<InterfaceDraft>({
    attributes: {
      csum: rule(`spec.driver.${side}.csum`, onOff),
      tso4: rule(`spec.driver.${side}.tso4`, onOff),
      tso6: rule(`spec.driver.${side}.tso6`, onOff),
      ecn: rule(`spec.driver.${side}.ecn`, onOff),
      ufo: rule(`spec.driver.${side}.ufo`, onOff),
      ...(side === 'host' && {
        gso: rule('spec.driver.host.gso', onOff),
        mrg_rxbuf: rule('spec.driver.host.mrgRxBuf', onOff),
      }),
    },
  });

const driver: ElementTable<InterfaceDraft> = {
  attributes: {
    name: rule('spec.driver.name', wordOf('vhost', 'qemu')),
    txmode: rule('spec.driver.txMode', wordOf('iothread', 'timer')),
    ioeventfd: rule('spec.driver.ioEventFd', onOff),
    event_idx: rule('spec.driver.eventIndex', onOff),
    queues: rule('spec.queues', whole(1, 256)),
    rx_queue_size: rule('spec.driver.rxQueueSize', whole(64, 1024)),
    tx_queue_size: rule('spec.driver.txQueueSize', whole(64, 1024)),
    rss: rule('spec.driver.rss', onOff),
    rss_hash_report: rule('spec.driver.rssHashReport', onOff),
    ...virtioRules<InterfaceDraft>('spec.virtio'),
  },
  children: { host: offload('host'), guest: offload('guest') },
};

const flow = (side: 'inbound' | 'outbound') =>
  one<InterfaceDraft>({
    attributes: {
      average: rule(`spec.bandwidth.${side}KilobytesPerSecond`, whole(1)),
      peak: rule(`spec.bandwidth.${side}PeakKilobytesPerSecond`, whole(1)),
      burst: rule(`spec.bandwidth.${side}BurstKilobytes`, whole(1)),
      ...(side === 'inbound' && { floor: rule('spec.bandwidth.inboundFloorKilobytesPerSecond', whole(1)) }),
    },
  });

type Tag = NonNullable<NonNullable<InterfaceDraft['spec']['vlan']>['tags']>[number];
const tagRule = fieldOf<Tag>();
const tag: ElementTable<Tag> = {
  attributes: {
    id: tagRule('id', whole(0, 4095), { field: 'spec.id' }),
    nativeMode: tagRule('nativeMode', wordOf('tagged', 'untagged'), { field: 'spec.nativeMode' }),
  },
};

const vlan = one<InterfaceDraft>({
  attributes: { trunk: rule('spec.vlan.trunk', yesNo) },
  children: {
    tag: ordered<InterfaceDraft, Tag>({
      at: '.vlan.tags',
      list: ({ spec }) => spec.vlan?.tags,
      begin: ({ spec }) => {
        spec.vlan = { ...spec.vlan, tags: spec.vlan?.tags ?? [] };
        return spec.vlan.tags;
      },
      make: () => ({ id: 0 }),
      choice: () => tag,
      writes: () => tag,
    }),
  },
});

const virtualport = one<InterfaceDraft>({
  attributes: { type: rule('spec.virtualPort.type', wordOf('openvswitch', '802.1Qbg', '802.1Qbh', 'midonet')) },
  children: {
    parameters: one({
      attributes: {
        interfaceid: rule('spec.virtualPort.interfaceId', uuid),
        profileid: rule('spec.virtualPort.profileId', text(255)),
        managerid: rule('spec.virtualPort.managerId', whole(0, 255)),
        typeid: rule('spec.virtualPort.typeId', whole(0, 0xffffff)),
        typeidversion: rule('spec.virtualPort.typeIdVersion', whole(0, 255)),
        instanceid: rule('spec.virtualPort.instanceId', uuid),
      },
    }),
  },
});

type Parameter = NonNullable<NonNullable<InterfaceDraft['spec']['filter']>['parameters']>[number];
const parameter: ElementTable<Parameter> = {
  attributes: {
    name: fieldOf<Parameter>()('name', text(64), { field: 'spec.name' }),
    value: fieldOf<Parameter>()('value', text(255), { field: 'spec.value' }),
  },
};

const filterref = one<InterfaceDraft>({
  attributes: { filter: rule('spec.filter.name', text(255)) },
  children: {
    parameter: ordered<InterfaceDraft, Parameter>({
      at: '.filter.parameters',
      list: ({ spec }) => spec.filter?.parameters,
      begin: ({ spec }) => {
        spec.filter = { name: '', ...spec.filter, parameters: spec.filter?.parameters ?? [] };
        return spec.filter.parameters as Parameter[];
      },
      make: () => ({ name: '', value: '' }),
      choice: () => parameter,
      writes: () => parameter,
    }),
  },
});

const OPENED = 'the executor opens what the node has';

/** What every interface may say. Source: https://libvirt.org/formatdomain.html#network-interfaces */
export const details: Readonly<Record<string, Child<InterfaceDraft>>> = {
  driver: one(driver),
  backend: one({ attributes: { tap: ignored(OPENED, hostPath), vhost: ignored(OPENED, hostPath) } }),
  bandwidth: one({ children: { inbound: flow('inbound'), outbound: flow('outbound') } }),
  rom: one({ attributes: romRules<InterfaceDraft>('spec.rom') }),
  port: one({ attributes: { isolated: rule('spec.isolated', yesNo) } }),
  vlan,
  virtualport,
  filterref,
  coalesce: one({
    children: {
      rx: one({
        children: { frames: one({ attributes: { max: rule('spec.coalesceFrames', whole(0, 0xffffffff)) } }) },
      }),
    },
  }),
  tune: one({ children: { sndbuf: one({ text: rule('spec.sendBufferBytes', whole()) }) } }),
  teaming: one({
    attributes: {
      type: rule('spec.team.role', wordOf('persistent', 'transient')),
      persistent: rule('spec.team.persistent', text(64)),
    },
  }),
  guest: one({
    attributes: { dev: rule('spec.guestName', text(64)), actual: runtime('the name in a running container') },
  }),
  acpi: one({ attributes: { index: rule('spec.acpiIndex', whole(1, 16383)) } }),
  /** What a running machine's interface was made to be; the configured source beside it is what counts. */
  actual: aside({ whole: runtime('what a running machine’s interface was connected to') }),
};
