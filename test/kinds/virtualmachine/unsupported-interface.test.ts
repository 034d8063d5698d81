import { expect, test } from 'vitest';
import { unsupportedInterfaceFields } from '../../../executor/kinds/virtualmachine/unsupported-interface.ts';
import { specOf } from '../../qemu/inputs.ts';

const nic = (more: object) => specOf({ interfaces: [{ name: 'eth0', network: { name: 'lan' }, ...more }] });
const fields = (more: object, network: object) =>
  unsupportedInterfaceFields(nic(more), { eth0: { spec: network as never } });

test.each([
  ['limits on a user network', { bandwidth: { inboundKilobytesPerSecond: 1 } }, { user: {} }, ['bandwidth']],
  ['limits on a tap', { bandwidth: { inboundKilobytesPerSecond: 1 } }, { nat: { cidr: '10.0.0.0/24' } }, []],
  [
    'a peak on a tap',
    { bandwidth: { inboundKilobytesPerSecond: 1, inboundPeakKilobytesPerSecond: 2 } },
    { nat: {} },
    [],
  ],
  [
    'a peak that is above no rate, and a floor',
    { bandwidth: { inboundPeakKilobytesPerSecond: 2, inboundFloorKilobytesPerSecond: 1 } },
    { nat: {} },
    ['bandwidth.inboundPeakKilobytesPerSecond', 'bandwidth.inboundFloorKilobytesPerSecond'],
  ],
  [
    'a burst on a switch in user space',
    { bandwidth: { outboundKilobytesPerSecond: 1, outboundBurstKilobytes: 2 } },
    { ovs: { bridge: 'b', datapath: 'netdev' } },
    ['bandwidth.outboundBurstKilobytes'],
  ],
  ['a filter against spoofing', { filter: { name: 'no-mac-spoofing' } }, { bridge: { name: 'br0' } }, []],
  ['one that needs an address and has none', { filter: { name: 'clean-traffic' } }, { nat: {} }, ['filter']],
  ['one of an administrator’s own', { filter: { name: 'mine' } }, { nat: {} }, ['filter']],
  ['isolation on a switch', { isolated: true }, { ovs: { bridge: 'b' } }, ['isolated']],
  ['isolation on a bridge', { isolated: true }, { bridge: { name: 'br0' } }, []],
  ['queues of a card that has none', { queues: 2, model: 'e1000e' }, { bridge: { name: 'br0' } }, ['queues']],
  ['queues on a bridge', { queues: 2 }, { bridge: { name: 'br0' } }, []],
  ['an address on a bridge, which gives none', { addresses: ['10.0.0.2'] }, { bridge: { name: 'br0' } }, ['addresses']],
  [
    'an address on a switch with a subnet',
    { addresses: ['10.0.0.2'] },
    { ovs: { bridge: 'b', cidr: '10.0.0.0/24' } },
    [],
  ],
  [
    'a forward on a switch without one',
    { forwards: [{ hostPort: 1, port: 1 }] },
    { ovs: { bridge: 'b' } },
    ['forwards'],
  ],
  ['an MTU that a card is not told', { mtu: 1400, model: 'rtl8139' }, { nat: {} }, ['mtu']],
])('%s', (_what, more, network, missing) => {
  expect(fields(more, network)).toEqual(missing.map((field) => `spec.interfaces[eth0].${field}`));
});
