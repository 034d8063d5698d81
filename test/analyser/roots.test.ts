import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportObject } from '../../analyser/export.ts';
import { AnalysisError, analyse, type Manifest, XmlError } from '../../analyser/index.ts';
import { kubernetesName } from '../../analyser/objects/names.ts';
import { leavesOf } from '../../analyser/xml/leaves.ts';
import { parseXml } from '../../analyser/xml/parse.ts';
import { difference } from '../../scripts/corpus/xml/infoset.ts';
import { parse } from '../../scripts/corpus/xml/node.ts';
import { mutated } from './mutations.ts';

const NAT = `<network connections='2'><name>default</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid>
<forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward><bridge name='virbr0' stp='on' delay='0'/><mac address='52:54:00:00:00:01'/>
<ip address='192.168.122.1' netmask='255.255.255.0'><dhcp><range start='192.168.122.2' end='192.168.122.254'/>
<host mac='52:54:00:00:00:02' name='a' ip='192.168.122.10'/></dhcp></ip></network>`;
const ISOLATED = `<network ipv6='yes'><name>lab</name><domain name='lab.example' localOnly='yes'/>
<dns enable='yes' forwardPlainNames='no'><forwarder domain='example.com' addr='10.0.0.1'/><host ip='10.1.0.5'><hostname>a</hostname><hostname>b</hostname></host>
<txt name='n' value='v'/><srv service='ldap' protocol='tcp' domain='d' target='t' port='389' priority='1' weight='2'/></dns>
<ip address='10.1.0.1' netmask='255.255.0.0' localPtr='yes'><tftp root='/srv/tftp'/><dhcp><range start='10.1.0.2' end='10.1.0.9'><lease expiry='2' unit='hours'/></range>
<bootp file='pxe.0' server='10.1.0.1'/></dhcp></ip><ip family='ipv6' address='fd00::1' prefix='64'/><route address='10.2.0.0' prefix='16' gateway='10.1.0.2' metric='3'/></network>`;
const VIRT_MANAGER = `<network><name>iso</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid><bridge name='virbr1' stp='on' delay='0'/>
<mac address='52:54:00:aa:bb:cc'/><domain name='iso'/><ip address='192.168.100.1' netmask='255.255.255.0'><dhcp><range start='192.168.100.128' end='192.168.100.254'/></dhcp></ip></network>`;
const ROUTED = `<network><name>dmz</name><forward mode='route' dev='eth1'><interface dev='eth1'/></forward><bridge name='virbr2'/><domain name='dmz.test' localOnly='yes'/>
<dns enable='no'><host ip='10.3.0.5'><hostname>a</hostname><hostname>b</hostname></host></dns><ip address='10.3.0.254' prefix='24'/><ip family='ipv6' address='fd00:3::1' prefix='64'/></network>`;
const OPEN = `<network><name>open</name><forward mode='open' dev='eth0'/><bridge name='virbr3'/><mtu size='9000'/><ip address='10.4.0.1' netmask='255.255.255.0'/></network>`;
const DIRECT = `<network><name>Direct</name><forward mode='private' dev='eth1'><interface dev='eth1'/><interface dev='eth2'/></forward>
<vlan trunk='yes'><tag id='5' nativeMode='tagged'/><tag id='6'/></vlan><virtualport type='802.1Qbh'><parameters profileid='p'/></virtualport>
<portgroup name='fast' default='yes'><bandwidth><inbound average='1000' peak='2000' burst='64'/></bandwidth></portgroup></network>`;
const FUNCTIONS = `<network><name>vf</name><forward mode='hostdev' managed='yes'><driver name='vfio'/><address type='pci' domain='0x0000' bus='0x03' slot='0x10' function='0x1'/></forward></network>`;
const NFS = `<pool type='netfs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'><name>nfs</name><source><host name='nfs.example.com'/><dir path='/export'/><format type='nfs'/><protocol ver='4.1'/></source>
<target><path>/mnt/nfs</path></target><fs:mount_opts><fs:option name='sync'/></fs:mount_opts></pool>`;
const RBD = `<pool type='rbd'><name>ceph</name><source><name>rbd</name><host name='a' port='6789'/><host name='a' port='6790'/>
<auth type='ceph' username='admin'><secret uuid='2ec115d7-3a88-3ceb-bc12-0ac909a6fd87'/></auth></source></pool>`;
const LUKS = `<volume type='file'><name>&lt;a&gt;.img</name><capacity unit='G'>5</capacity><allocation>294912</allocation><target><path>/p/a.img</path><format type='raw'/>
<permissions><mode>0644</mode></permissions><encryption format='luks'><secret type='passphrase' uuid='f52a81b2-424e-490c-823d-6bd4235bc572'/></encryption></target></volume>`;
const SNAPSHOT = `<domainsnapshot><name>before</name><description>!@#$%^</description><state>running</state><creationTime>1270477159</creationTime><memory snapshot='no'/>
<disks><disk name='vda' snapshot='external' type='file'><driver type='qcow2'/><source file='/new'/></disk><disk name='vdb' snapshot='no'/></disks>
<domain type='kvm'><name>web</name><memory>1</memory></domain></domainsnapshot>`;

/** What it is, the XML, and what of the object it becomes. */
const CASES = [
  [
    'the usual NAT network',
    NAT,
    {
      nat: {
        cidr: '192.168.122.0/24',
        dhcp: { start: '192.168.122.2', hosts: [{ address: '192.168.122.10', hostName: 'a' }] },
      },
    },
  ],
  [
    'an isolated network',
    VIRT_MANAGER,
    {
      isolated: {
        cidr: '192.168.100.0/24',
        domain: { name: 'iso' },
        dhcp: { start: '192.168.100.128', end: '192.168.100.254' },
      },
    },
  ],
  ['an isolated network without addresses', '<network><name>alone</name></network>', { isolated: {} }],
  [
    'a routed network',
    ROUTED,
    {
      routed: {
        cidr: '10.3.0.0/24',
        cidr6: 'fd00:3::/64',
        gateway: '10.3.0.254',
        device: 'eth1',
        dhcp: { enabled: false },
        dns: { enabled: false, hosts: [{ address: '10.3.0.5', names: ['a', 'b'] }] },
        domain: { name: 'dmz.test', localOnly: true },
      },
    },
  ],
  ['an open network', OPEN, { routed: { cidr: '10.4.0.0/24', open: true, mtu: 9000 } }],
  [
    'a network with all that dnsmasq does',
    ISOLATED,
    {
      external: {
        mode: 'None',
        dns: { hosts: [{ names: ['a', 'b'] }] },
        subnets: [{ bootFile: 'pxe.0' }, { family: 'ipv6' }],
      },
    },
  ],
  [
    'a direct network',
    DIRECT,
    { external: { mode: 'Private', devices: [{ name: 'eth1' }, { name: 'eth2' }], vlan: { trunk: true } } },
  ],
  ['functions of a card', FUNCTIONS, { external: { mode: 'HostDevice', devices: [{ address: '0000:03:10.1' }] } }],
  [
    'a bridge of the host',
    "<network><name>b</name><forward mode='bridge'/><bridge name='br0'/></network>",
    { bridge: { name: 'br0' } },
  ],
  [
    'a folder',
    "<pool type='dir'><name>d</name><target><path>/srv/d</path></target></pool>",
    { dir: { path: '/srv/d' } },
  ],
  ['an NFS pool', NFS, { nfs: { server: 'nfs.example.com', path: '/export', options: ['nfsvers=4.1', 'sync'] } }],
  [
    'a Ceph pool',
    RBD,
    { external: { type: 'rbd', name: 'rbd', hosts: [{ port: 6789 }, { port: 6790 }], auth: { username: 'admin' } } },
  ],
  [
    'an encrypted volume',
    LUKS,
    {
      size: '5Gi',
      format: 'raw',
      source: { volume: { file: '<a>.img' } },
      encryption: { secretRef: { name: 'libvirt-secret-f52a81b2-424e-490c-823d-6bd4235bc572' } },
      reclaimPolicy: 'Retain',
    },
  ],
  ['a snapshot', SNAPSHOT, { virtualMachine: { name: 'web' }, method: 'External', memory: false, disks: ['vda'] }],
] as const;

for (const [what, xml, spec] of CASES) {
  test(`${what} becomes an object, with every leaf told, and comes back`, () => {
    const { objects, report } = analyse(xml);
    expect(objects).toHaveLength(1);
    expect(objects[0]?.spec).toMatchObject(spec);
    const told = report.map(({ xpath, line, value }) => `${xpath} ${line} ${value}`).sort();
    expect(told).toEqual(
      leavesOf(parseXml(xml))
        .map(({ xpath, line, value }) => `${xpath} ${line} ${value}`)
        .sort(),
    );
    for (const { outcome, field, reason } of report) expect(outcome === 'imported' ? field : reason).toMatch(/\S/);
    const [object] = objects;
    if (object) expect(difference(parse(xml), parse(exportObject(object, objects)))).toEqual({ lost: [], added: [] });
  });
}

test('a network that was edited since is exported as it is now, with the name of its bridge', () => {
  const { objects } = analyse(ROUTED);
  const [object] = objects as readonly unknown[] as { spec: { routed: { gateway?: string; device?: string } } }[];
  if (!object) throw new Error('there is no network');
  delete object.spec.routed.gateway;
  object.spec.routed.device = 'eth2';
  const xml = exportObject(object as never, objects);
  expect(xml).toMatch(/address=.10\.3\.0\.1./);
  expect(xml).toMatch(/dev=.eth2./);
  expect(xml).toMatch(/name=.virbr2./);
  expect(xml).not.toMatch(/eth1|10\.3\.0\.254/);
});

const refusedIn = (xml: string): string[] => {
  try {
    analyse(xml);
  } catch (error) {
    if (error instanceof AnalysisError) return error.refused.map(({ xpath }) => xpath);
    throw error;
  }
  return [];
};

const REFUSED: readonly (readonly [string, string, string])[] = [
  [
    'a domain inside a domain',
    '<domain><name>a</name><memory>1024</memory><domain><name>b</name></domain></domain>',
    '/domain/domain/name',
  ],
  ['a network without a name', "<network><forward mode='nat'/></network>", '/network/name'],
  ['a mode that is none', "<network><name>a</name><forward mode='tunnel'/></network>", '/network/forward/@mode'],
  [
    'a bridge that is an option of a program',
    "<network><name>a</name><bridge name='a b'/></network>",
    '/network/bridge/@name',
  ],
  [
    'a slot beyond the bus',
    "<network><name>a</name><forward mode='hostdev'><address type='pci' slot='0x20'/></forward></network>",
    '/network/forward/address/@slot',
  ],
  [
    'a lease of less than nothing',
    "<network><name>a</name><ip address='10.0.0.1'><dhcp><range start='10.0.0.2' end='10.0.0.3'><lease expiry='-1'/></range></dhcp></ip></network>",
    '/network/ip/dhcp/range/lease/@expiry',
  ],
  ['a pool of a type that is none', "<pool type='tape'><name>a</name></pool>", '/pool/@type'],
  [
    'a path of two lines',
    "<pool type='dir'><name>a</name><target><path>/a&#10;/b</path></target></pool>",
    '/pool/target/path',
  ],
  [
    'a capacity in a unit that is none',
    "<volume><name>a</name><capacity unit='parsec'>1</capacity></volume>",
    '/volume/capacity/@unit',
  ],
  ['a capacity in hexadecimal', '<volume><name>a</name><capacity>0x10</capacity></volume>', '/volume/capacity'],
  [
    'a capacity that overflows',
    '<volume><name>a</name><capacity>99999999999999999999</capacity></volume>',
    '/volume/capacity',
  ],
  ['a fraction', "<volume><name>a</name><capacity unit='G'>1.5</capacity></volume>", '/volume/capacity'],
  ['a folder as a volume', "<volume type='dir'><name>a</name></volume>", '/volume/@type'],
  ['a volume above its pool', '<volume><name>/etc/passwd</name><capacity>1024</capacity></volume>', '/volume'],
];

for (const [what, xml, xpath] of REFUSED) {
  test(`${what} is refused at its place`, () => expect(refusedIn(xml)).toContain(xpath));
}

const TAKEN_OVER: readonly (readonly [string, string, object])[] = [
  [
    'memory in a file is kept in a volume',
    "<domainsnapshot><name>a</name><memory snapshot='external' file='/m'/></domainsnapshot>",
    { memory: true },
  ],
  [
    'a snapshot that is internal for one disk and external for another is taken outside for both',
    "<domainsnapshot><name>a</name><disks><disk name='vda' snapshot='internal'/><disk name='vdb' snapshot='external'/></disks></domainsnapshot>",
    { method: 'External', disks: ['vda', 'vdb'] },
  ],
  [
    'a disk by its path has the name that a path becomes',
    "<domainsnapshot><name>a</name><disks><disk name='/dev/a' snapshot='external'/></disks></domainsnapshot>",
    { disks: [kubernetesName('/dev/a')] },
  ],
  ['a volume without a size of its own', "<volume><name>a</name><capacity unit='G'>0</capacity></volume>", {}],
];

for (const [what, xml, spec] of TAKEN_OVER) {
  test(`${what}, and the XML comes back`, () => {
    const { objects } = analyse(xml);
    expect(objects[0]?.spec).toMatchObject(spec);
    expect(difference(parse(xml), parse(exportObject(objects[0] as Manifest, objects)))).toEqual({
      lost: [],
      added: [],
    });
  });
}

test('whatever is changed in any of them, nothing crashes and nothing is lost in silence', () => {
  const holds = (xml: string, keepUnsupported: boolean): void => {
    try {
      const { objects, report } = analyse(xml, { keepUnsupported });
      const told = new Set(report.map((leaf) => leaf.xpath));
      for (const leaf of leavesOf(parseXml(xml))) expect(told).toContain(leaf.xpath);
      const [object] = objects;
      if (!object) return;
      expect(difference(parse(xml), parse(exportObject(object, objects)))).toEqual({ lost: [], added: [] });
    } catch (error) {
      if (!(error instanceof AnalysisError) && !(error instanceof XmlError)) throw error;
    }
  };
  fc.assert(fc.property(mutated(CASES.map(([, xml]) => xml)), fc.boolean(), holds), { numRuns: 400 });
});
