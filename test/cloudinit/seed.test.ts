import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type CloudInit, seedSerial, sourcesOf } from '../../schemas/cloud-init/index.ts';
import { base64, KEY, MACHINE, problemOf, seedOf } from './seeds.ts';

const json = (text: string | undefined): unknown => JSON.parse(text ?? 'null');

describe('a NoCloud seed', () => {
  test('says who the machine is, where nothing else is given', () => {
    const { label, files } = seedOf({ noCloud: {} });
    expect(label).toBe('cidata');
    expect(Object.keys(files)).toEqual(['meta-data', 'user-data']);
    expect(json(files['meta-data'])).toEqual({ 'instance-id': MACHINE.uid, 'local-hostname': 'web' });
    expect(files['user-data']).toBe('');
  });

  test('takes each part from the text, the Secret or the ConfigMap, byte for byte', () => {
    const userData = '#cloud-config\nruncmd: [[echo, "ü"]]\n';
    const { files, all } = seedOf(
      {
        noCloud: {
          instanceId: 'again',
          hostName: 'Web.example',
          userData: { secretRef: { name: 's' } },
          vendorData: { configMapRef: { name: 'c', key: 'v' } },
          metaData: { inline: 'zone: a\n' },
          networkData: { inline: 'network: {version: 2, ethernets: {e: {dhcp4: true}}}' },
          sshAuthorizedKeysRefs: [{ name: 'keys' }],
        },
      },
      {
        'Secret/s': { userData: base64(userData) },
        'ConfigMap/c': { v: '#!/bin/sh\n' },
        'Secret/keys': { a: base64(`# mine\n${KEY}\n\n`), b: base64(KEY) },
      },
    );
    expect(files['user-data']).toBe(userData);
    expect(files['vendor-data']).toBe('#!/bin/sh\n');
    expect(files['network-config']).toContain('version: 2');
    expect(json(files['meta-data'])).toEqual({
      ...{ 'instance-id': 'again', 'local-hostname': 'Web.example', 'public-keys': [KEY], zone: 'a' },
    });
    expect(all.filter(({ secret }) => secret).map(({ path }) => path)).toEqual(['user-data']);
  });

  test('sets the default user up in its vendor data, which yields to the user data', () => {
    const user = { name: 'ada', passwordSecretRef: { name: 'p' } };
    const { files, all } = seedOf({ noCloud: { user } }, { 'Secret/p': { password: base64('$6$salt$hash: x\n') } });
    const vendor = files['vendor-data'] ?? '';
    expect(vendor.startsWith('#cloud-config\n')).toBe(true);
    expect(parse(vendor)).toEqual({ user: { name: 'ada' }, password: '$6$salt$hash: x', chpasswd: { expire: false } });
    expect(all.find(({ path }) => path === 'vendor-data')?.secret).toBe(true);
  });

  test('joins that with vendor data of its own', () => {
    const { files } = seedOf({ noCloud: { user: { name: 'ada' }, vendorData: { inline: '#!/bin/sh\ntrue\n' } } });
    const vendor = files['vendor-data'] ?? '';
    expect(vendor).toMatch(/^Content-Type: multipart\/mixed; boundary="(.*)"\nMIME-Version: 1.0\n\n/);
    expect(vendor.split(/\n--=+vmctl-vendor-data=+/)).toHaveLength(4);
    expect(vendor).toContain('#!/bin/sh\ntrue\n');
    const parts = { inline: 'Content-Type: multipart/mixed; boundary="x"\n' };
    expect(problemOf({ noCloud: { user: { name: 'ada' }, vendorData: parts } }).reason).toBe('VendorDataInvalid');
  });

  test('may be elsewhere: then the serial number says where', () => {
    const cloudInit = { noCloud: { seedFrom: 'http://10.0.2.2:8000/web/', hostName: 'w' } };
    expect(seedSerial(cloudInit, MACHINE)).toBe(`ds=nocloud-net;h=w;i=${MACHINE.uid};s=http://10.0.2.2:8000/web/`);
    expect(seedSerial({ noCloud: {} }, MACHINE)).toBeUndefined();
  });
});

describe('a config drive', () => {
  test("has OpenStack's files, in the newest version's folder and in a dated one", () => {
    const { label, files } = seedOf({
      configDrive: {
        userData: { inline: '#!/bin/sh\n' },
        vendorData: { inline: '#cloud-config\n{}\n' },
        metaData: { inline: 'meta: {role: web}' },
        sshAuthorizedKeys: [KEY],
      },
    });
    expect(label).toBe('config-2');
    expect(Object.keys(files)).toEqual(
      ['latest', '2018-08-27'].flatMap((version) =>
        ['meta_data.json', 'user_data', 'vendor_data.json'].map((name) => `openstack/${version}/${name}`),
      ),
    );
    expect(json(files['openstack/latest/meta_data.json'])).toEqual({
      ...{ uuid: MACHINE.uid, hostname: 'web', name: 'web', public_keys: { 'key-0': KEY }, meta: { role: 'web' } },
    });
    expect(json(files['openstack/latest/vendor_data.json'])).toEqual({ 'cloud-init': '#cloud-config\n{}\n' });
    expect(files['openstack/latest/user_data']).toBe(files['openstack/2018-08-27/user_data']);
  });

  test('says a network configuration of version 2 in words of OpenStack', () => {
    const inline = JSON.stringify({
      version: 2,
      ethernets: {
        lan: {
          ...{ match: { macaddress: '52:54:00:AA:00:01' }, 'set-name': 'lan0', dhcp6: true, mtu: 1400 },
          addresses: ['10.1.2.3/20', 'fd00::5/64'],
          routes: [
            { to: 'default', via: '10.1.0.1' },
            { to: '10.9.0.0/16', via: '10.1.0.9' },
          ],
          nameservers: { addresses: ['10.1.0.2'] },
        },
        eth1: { dhcp4: 'yes' },
      },
    });
    const { files } = seedOf({ configDrive: { networkData: { inline } } });
    const route = (network: string, netmask: string, gateway: string) => ({ network, netmask, gateway });
    expect(json(files['openstack/latest/network_data.json'])).toEqual({
      links: [
        { id: 'lan', type: 'phy', ethernet_mac_address: '52:54:00:aa:00:01', name: 'lan0', mtu: 1400 },
        { id: 'eth1', type: 'phy', name: 'eth1' },
      ],
      networks: [
        { id: 'lan-ipv6-dhcp', link: 'lan', type: 'ipv6_dhcp' },
        {
          ...{ id: 'lan-0', link: 'lan', type: 'ipv4', ip_address: '10.1.2.3', netmask: '255.255.240.0' },
          routes: [route('0.0.0.0', '0.0.0.0', '10.1.0.1'), route('10.9.0.0', '255.255.0.0', '10.1.0.9')],
        },
        { id: 'lan-1', link: 'lan', type: 'ipv6', ip_address: 'fd00::5', netmask: '64', routes: [] },
        { id: 'eth1-ipv4-dhcp', link: 'eth1', type: 'ipv4_dhcp' },
      ],
      services: [{ type: 'dns', address: '10.1.0.2' }],
    });
  });

  test.each([
    ['bonds', '{version: 2, bonds: {}}'],
    ['wakeonlan', '{version: 2, ethernets: {e: {wakeonlan: true}}}'],
    ['macaddress only', '{version: 2, ethernets: {e: {match: {driver: virtio}}}}'],
    ['is no address', '{version: 2, ethernets: {e: {addresses: [10.0.0.1]}}}'],
    ['is no address', '{version: 2, ethernets: {e: {addresses: [10.0.0.1/33]}}}'],
    ['network_data.json', '{version: 1, config: []}'],
  ])('drops nothing of it in silence: %s', (words, inline) => {
    const problem = problemOf({ configDrive: { networkData: { inline } } });
    expect(problem.reason).toBe('NetworkDataInvalid');
    expect(problem.message).toContain(words);
  });

  test("takes OpenStack's own as it is", () => {
    const own = { links: [], networks: [], services: [], more: 1 };
    const { files } = seedOf({ configDrive: { networkData: { inline: JSON.stringify(own) } } });
    expect(json(files['openstack/latest/network_data.json'])).toEqual(own);
  });
});

test('references are read once each', () => {
  const ref = { secretRef: { name: 's' } };
  expect(sourcesOf({ noCloud: { userData: ref, vendorData: ref, metaData: { configMapRef: { name: 's' } } } })).toEqual(
    [
      { kind: 'Secret', name: 's' },
      { kind: 'ConfigMap', name: 's' },
    ],
  );
});

test('whatever a Secret holds, there is a seed or a problem', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('userData', 'metaData', 'networkData'),
      (bytes, slot) => {
        const cloudInit = { noCloud: { [slot]: { secretRef: { name: 's', key: 'k' } } } } as CloudInit;
        const objects = { 'Secret/s': { k: base64(Buffer.from(bytes)) } };
        try {
          expect(seedOf(cloudInit, objects).all.length).toBeGreaterThan(1);
        } catch (error) {
          expect((error as Error).name).toBe('SeedProblem');
        }
      },
    ),
  );
});
