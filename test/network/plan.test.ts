import { describe, expect, test } from 'vitest';
import { dnsmasqConfig } from '../../executor/network/dnsmasq/config.ts';
import { parseLeases, withoutConflicts } from '../../executor/network/dnsmasq/leases.ts';
import { parseResolver } from '../../executor/network/dnsmasq/resolv.ts';
import { planFree, planHost } from '../../executor/network/host/plan.ts';
import type { Seen } from '../../executor/network/host/seen.ts';
import type { Wanted } from '../../executor/network/host/wanted.ts';
import { readLinks } from '../../executor/network/link/link.ts';
import { parseListeners } from '../../executor/network/link/listeners.ts';
import { flowBundle, flowsOf } from '../../executor/network/ovs/flows.ts';
import { forwardsOf } from '../../executor/network/router/forwards.ts';
import type { Member } from '../../executor/network/router/members.ts';
import { routerOf } from '../../executor/network/router/router.ts';
import { routerTable } from '../../executor/network/router/table.ts';
import { chosenSubnet, parseSubnet } from '../../executor/network/subnet.ts';

const SEEN: Seen = {
  attachable: true,
  vlanFiltering: false,
  uplinkVlans: [],
  uplinkRoutes: [],
  bridgeRoutes: [],
  taps: [],
  dnsmasq: { leases: [] },
  settings: {},
  forwarding: { ipv4: false, ipv6: false, ours: false },
  files: false,
};
const link = (name: string, more: object = {}) => ({
  ...{ name, up: true, mtu: 1500, macAddress: '52:54:00:00:00:01', addresses: [] },
  ...more,
});

describe('a bridge over a card', () => {
  const wanted: Wanted = {
    bridge: { name: 'vbabc', alias: 'vmctl/o/n', addresses: [], uplink: 'eth0', isPort: false, vlan: 7 },
    attach: 'vbabc',
    settings: [],
    forwarding: { ipv4: false, ipv6: false },
  };
  const card = link('eth0', { addresses: ['192.0.2.2/24'] });
  const route = { destination: 'default', gateway: '192.0.2.1', family: 4 } as const;

  test('takes over addresses and routes before the card loses them', () => {
    const seen = {
      ...SEEN,
      bridge: link('vbabc', { alias: 'vmctl/o/n', kind: 'bridge' }),
      uplink: card,
      uplinkRoutes: [route],
    };
    expect(planHost(wanted, undefined, seen)).toEqual([
      {
        type: 'links',
        commands: [
          ['link', 'set', 'dev', 'eth0', 'master', 'vbabc'],
          ['address', 'replace', '192.0.2.2/24', 'dev', 'vbabc'],
          ['route', 'replace', 'default', 'via', '192.0.2.1', 'dev', 'vbabc'],
          ['address', 'del', '192.0.2.2/24', 'dev', 'eth0'],
        ],
      },
      { type: 'bridge-vlans', commands: [['vlan', 'add', 'dev', 'eth0', 'vid', '7']] },
    ]);
  });

  test('gives them back, also when it was taken from the card already', () => {
    const bridge = link('vbabc', { kind: 'bridge', addresses: ['192.0.2.2/24'] });
    const seen = { ...SEEN, bridge, uplink: link('eth0'), bridgeRoutes: [route] };
    expect(planFree(seen, { router: true, watcher: true }, { owner: 'o', network: 'n' })).toEqual([
      {
        type: 'links',
        commands: [
          ['address', 'replace', '192.0.2.2/24', 'dev', 'eth0'],
          ['route', 'replace', 'default', 'via', '192.0.2.1', 'dev', 'eth0'],
          ['address', 'del', '192.0.2.2/24', 'dev', 'vbabc'],
        ],
      },
      { type: 'links', commands: [['link', 'del', 'dev', 'vbabc']] },
    ]);
  });
});

const member = (name: string, more: Partial<Member> = {}): Member => ({
  ...{ uid: name, namespace: 'default', machine: name, tap: `vt${name}`, macAddress: '52:54:00:00:00:01' },
  ...{ addresses: [], forwards: [] },
  ...more,
});

describe('a router', () => {
  test('has the first address, gives out the rest; one to one the last of a /30', () => {
    const router = routerOf({ cidr: '10.9.0.0/24' }, 'vb', 'uid');
    expect(router).toMatchObject({ gateway: '10.9.0.1', range: { start: '10.9.0.2', end: '10.9.0.254' } });
    const own = routerOf({ oneToOne: { hostAddress: '192.0.2.3' } }, 'vb', 'uid');
    const subnet = parseSubnet(chosenSubnet('uid'));
    expect(own).toMatchObject({ gateway: subnet.at(1n), range: { start: subnet.at(2n), end: subnet.at(2n) } });
    const set = { hostAddress: '192.0.2.3', guestAddress: '10.0.0.5', gateway: '10.0.0.6' };
    expect(routerOf({ cidr: '10.0.0.4/30', oneToOne: set }, 'vb', 'uid')).toMatchObject({
      gateway: '10.0.0.6',
      range: { start: '10.0.0.5' },
    });
  });

  test.each([
    [{ cidr: '10.9.0.0/31' }, 'no room'],
    [{ cidr: 'fd00::/64' }, 'no IPv4 subnet'],
    [{ cidr: '10.9.0.0/99' }, 'not a subnet'],
    [{ cidr: '10.9.0.0/24', dhcp: { enabled: true, leaseSeconds: 3600, start: '10.8.0.1' } }, 'not in 10.9.0.0/24'],
    [{ cidr: '10.9.0.0/30', oneToOne: { hostAddress: '192.0.2.3', guestAddress: '10.9.0.1' } }, 'cannot both be'],
  ])('%j is refused', (spec, words) => {
    expect(() => routerOf(spec, 'vb', 'uid')).toThrow(words);
  });

  test.each([
    ['nat', {}, ['masquerade', 'reject']],
    ['routed', {}, ['reject']],
    ['routed', { device: 'eth1' }, ['eth1', 'reject']],
    ['open', {}, []],
    ['isolated', {}, ['reject']],
  ] as const)('of the mode %s %j lets pass what it should', (mode, more, words) => {
    const router = routerOf({ cidr: '10.9.0.0/24', ...more }, 'vb', 'uid');
    const { chains } = routerTable('uid', { mode, router, redirects: [], oneToOnes: [] });
    const rules = (name: string) => JSON.stringify(chains.find((chain) => chain.name === name)?.rules);
    const said = { reject: rules('passing').includes('reject'), eth1: rules('passing').includes('eth1') };
    const found = { masquerade: rules('leaving').split('"!="').length > 1, ...said };
    expect(
      Object.entries(found)
        .filter(([, is]) => is)
        .map(([word]) => word)
        .sort(),
    ).toEqual([...words].sort());
  });

  test('of forwards that want one port the first counts, and a program of the host before it', () => {
    const forward = { hostAddress: '0.0.0.0', hostPort: 80, port: 8080, protocol: 'TCP' } as const;
    const members = [
      member('one', { addresses: ['10.9.0.5'], forwards: [forward, { ...forward, hostPort: 22 }] }),
      member('two', { addresses: ['10.9.0.6'], forwards: [forward, { ...forward, hostAddress: '::1', hostPort: 81 }] }),
    ];
    const taken = [{ protocol: 'TCP', hostPort: 22, hostAddress: '127.0.0.1' } as const];
    const { redirects, problems } = forwardsOf({}, members, [], taken);
    expect(redirects).toEqual([{ forward, target: '10.9.0.5' }]);
    expect(problems).toEqual([
      'port 22/TCP of 0.0.0.0 for default/one: a program of the host listens there',
      'port 80/TCP of 0.0.0.0 for default/two: another forward has it',
      'port 81/TCP of ::1 for default/two: the kernel redirects nothing of ::1; use 127.0.0.1 or ::',
    ]);
  });
});

describe('dnsmasq', () => {
  const RESOLV = [1, 2, 3, 4, 5].map((i) => `nameserver 192.0.2.${i}`).join('\n');

  test('asks every name server of the host and tells every search domain', () => {
    const resolver = parseResolver(
      `search old.test\n${RESOLV}\nsearch a.test b.test. c.test d.test e.test f.test g.test # rest\n`,
    );
    expect(resolver.servers).toHaveLength(5);
    const spec = { cidr: '10.9.0.0/24', cidr6: 'fd00:9::/64' };
    const files = { leases: '/h/leases', pid: '/h/pid' };
    const members = [member('web.two', { addresses: ['10.9.0.20', '192.0.2.9'] })];
    const config = dnsmasqConfig({
      name: 'lan',
      mode: 'nat',
      router: routerOf(spec, 'vb', 'u'),
      spec,
      members,
      resolver,
      files,
    });
    // Its own file, in which dnsmasq knows no bound, not ours that has one of three.
    expect(config).toContain('resolv-file=/etc/resolv.conf\n');
    expect(config).toContain('dhcp-option=option:domain-search,a.test,b.test,c.test,d.test,e.test,f.test,g.test\n');
    expect(config).toContain('dhcp-host=52:54:00:00:00:01,10.9.0.20,web-two\n');
    expect(config).toContain('dhcp-range=fd00:9::,ra-stateless,ra-names,64,3600s\n');
  });

  test('leases are read, whatever guests call themselves', () => {
    const text = [
      '1700000000 52:54:00:00:00:01 10.9.0.5 web ff:1',
      '0 52:54:00:00:00:02 10.9.0.6 * *',
      '1700000000 52:54:00:00:00:03 10.9.0.7 \u001b[31mred ff:1',
      'garbage',
      'duid 00:01',
      '1700000000 123 fd00::5 web 00:01',
    ].join('\n');
    expect(parseLeases(text)).toEqual([
      { macAddress: '52:54:00:00:00:01', address: '10.9.0.5', expires: 1700000000, hostName: 'web' },
      { macAddress: '52:54:00:00:00:02', address: '10.9.0.6', expires: 0 },
      { macAddress: '52:54:00:00:00:03', address: '10.9.0.7', expires: 1700000000 },
    ]);
  });

  test('a lease of an address that is now somebody else’s is forgotten', () => {
    const text = '1 52:54:00:00:00:01 10.9.0.5 a *\n1 52:54:00:00:00:02 10.9.0.6 b *\n';
    expect(withoutConflicts(text, 'dhcp-host=52:54:00:00:00:09,10.9.0.5,c\n')).toBe(
      '1 52:54:00:00:00:02 10.9.0.6 b *\n',
    );
  });
});

test('listeners are read as the kernel writes them', () => {
  const line = (local: string, state: string) => `   0: ${local} 00000000:0000 ${state} 00000000:00000000`;
  const text = ['  sl  local_address', line('0100007F:1F90', '0A'), line('0100007F:1F91', '01')].join('\n');
  expect(parseListeners(text, 'TCP', 4)).toEqual([{ protocol: 'TCP', hostPort: 8080, hostAddress: '127.0.0.1' }]);
  const six = ['', line('B80D0120000000000000000001000000:0050', '0A')].join('\n');
  expect(parseListeners(six, 'TCP', 6)[0]?.hostAddress).toBe('2001:db8:0:0:0:0:0:1');
});

test('links are read without those that a filter leaves empty', () => {
  expect(readLinks('[{},{"ifname":"vt1","flags":["UP"],"mtu":1500,"address":"fe:00:00:00:00:01"}]')).toHaveLength(1);
  expect(readLinks('')).toEqual([]);
});

test('rules of Open vSwitch become flows of both versions of IP, one stage for each direction', () => {
  const acls = [
    { direction: 'To', protocol: 'TCP', port: 22, address: '192.0.2.0/24', action: 'Allow', priority: 20 },
    { direction: 'From', action: 'Drop', priority: 10 },
  ] as const;
  const flows = flowsOf('uid', acls, [{ tap: 'vt1', number: 3, macAddress: '52:54:00:00:00:01' }]);
  expect(flows).toContain('table=0,priority=50000,in_port=3,actions=resubmit(,170)');
  expect(flows).toContain('table=170,priority=11,in_port=3,ip,ct_state=+trk+new,actions=drop');
  expect(flows).toContain('table=170,priority=11,in_port=3,ipv6,ct_state=+trk+new,actions=drop');
  const to = flows.filter((flow) => flow.includes('tp_dst=22'));
  expect(to).toEqual([
    expect.stringMatching(
      /^table=180,priority=21,dl_dst=52:54:00:00:00:01,tcp,ct_state=\+trk\+new,nw_src=192\.0\.2\.0\/24,tp_dst=22,actions=ct\(commit,zone=\d+\),NORMAL$/,
    ),
  ]);
  expect(flowBundle('uid', flows).cookie).not.toBe(flowBundle('uid', []).cookie);
});
