import { describe, expect, test } from 'vitest';
import { applyLinks } from '../../executor/network/link/link.ts';
import { formatMark, parseMark, tapMac, tapOf, tapPrefix } from '../../executor/network/names.ts';
import { planTap } from '../../executor/network/tap/plan.ts';

const MARK = { owner: 'abcdefgh', network: 'net-uid', machine: 'vm-uid', nic: 'eth0' };
const OWNER = { uid: 999, gid: 998 };
const BACKEND = { device: 'vtabc', network: 'net-uid', bridge: 'vbabc', queues: 1, offload: true };
const NO_LIMITS = { isLed: false, hasDetour: false };
const link = (name: string, more: object = {}) => ({
  ...{ name, up: true, mtu: 1500, macAddress: '52:54:00:00:00:01', addresses: [] },
  ...more,
});

describe('taps', () => {
  test('a new one is made for its owner, marked and put on its bridge', () => {
    expect(planTap({ backend: BACKEND, mark: MARK, owner: OWNER }, { limits: NO_LIMITS })).toEqual({
      links: [
        ['tuntap', 'add', 'dev', 'vtabc', 'mode', 'tap', 'user', '999', 'group', '998'],
        ['link', 'set', 'dev', 'vtabc', 'addrgenmode', 'none', 'address', tapMac('vtabc')],
        ['link', 'set', 'dev', 'vtabc', 'alias', 'vmctl/abcdefgh/net-uid/vm-uid/eth0'],
        ['link', 'set', 'dev', 'vtabc', 'master', 'vbabc'],
        ['link', 'set', 'dev', 'vtabc', 'up'],
      ],
      limits: { before: [], queues: [], after: [] },
      ovs: [],
      vlans: [],
    });
  });

  test('one that is as it should be is left alone', () => {
    const seen = { link: link('vtabc', { alias: formatMark(MARK), master: 'vbabc' }), limits: NO_LIMITS };
    const plan = planTap({ backend: BACKEND, mark: MARK, owner: OWNER }, seen);
    expect(plan).toEqual({ links: [], limits: { before: [], queues: [], after: [] }, ovs: [], vlans: [] });
  });

  test('on a bridge with VLANs the guest’s frames get their tag', () => {
    const seen = { link: link('vtabc', { alias: formatMark(MARK), master: 'vbabc' }), limits: NO_LIMITS, vlan: 1 };
    const { vlans } = planTap({ backend: { ...BACKEND, vlan: 7 }, mark: MARK, owner: OWNER }, seen);
    expect(vlans).toEqual([
      ['vlan', 'del', 'dev', 'vtabc', 'vid', '1'],
      ['vlan', 'add', 'dev', 'vtabc', 'vid', '7', 'pvid', 'untagged'],
    ]);
  });

  test('in Open vSwitch it becomes a port with its tag and its trunks, which said again changes nothing', () => {
    const { bridge: _none, ...backend } = BACKEND;
    const ovs = { bridge: 'br-int', vlan: 5, trunks: [10, 20] };
    const plan = planTap({ backend: { ...backend, ovs }, mark: MARK, owner: OWNER }, { limits: NO_LIMITS });
    expect(plan.links.flat()).not.toContain('master');
    expect(plan.ovs).toEqual([
      [
        ...['--may-exist', 'add-port', 'br-int', 'vtabc'],
        ...['--', 'set', 'Port', 'vtabc', 'external_ids:vmctl-network=net-uid'],
        ...['--', 'set', 'Port', 'vtabc', 'tag=5', '--', 'set', 'Port', 'vtabc', 'trunks=10,20'],
      ],
    ]);
  });

  test('limits go as they came, in the order in which they can', () => {
    const seen = { link: link('vtabc', { alias: formatMark(MARK), master: 'vbabc' }) };
    const limits = { isLed: true, hasDetour: true, inbound: 1000, outbound: 1000 };
    expect(planTap({ backend: BACKEND, mark: MARK, owner: OWNER }, { ...seen, limits }).limits).toEqual({
      before: [],
      queues: [
        ['qdisc', 'del', 'dev', 'vtabc', 'root'],
        ['qdisc', 'del', 'dev', 'vtabc', 'clsact'],
      ],
      after: [['link', 'del', 'dev', 'viabc']],
    });
  });

  test('a peak and a burst make a bucket of their own; one that is there is left alone', () => {
    const link_ = link('vtabc', { alias: formatMark(MARK), master: 'vbabc' });
    const backend = { ...BACKEND, inbound: 1000, inboundShape: { peak: 2000, burst: 4096 } };
    const planned = (limits: object) =>
      planTap({ backend, mark: MARK, owner: OWNER }, { link: link_, limits: { ...NO_LIMITS, ...limits } }).limits
        .queues;
    const [words = []] = planned({ inbound: 1000 });
    const mark = words[words.indexOf('handle') + 1] ?? '';
    expect(words).toEqual([
      ...['qdisc', 'replace', 'dev', 'vtabc', 'root', 'handle', mark, 'tbf', 'rate', '8000bit', 'burst', '4096'],
      ...['latency', '100ms', 'peakrate', '16000bit', 'minburst', '4096'],
    ]);
    expect(mark).toMatch(/^[4-7][0-9a-f]{3}:$/);
    expect(planned({ inbound: 1000, inboundMark: mark })).toEqual([]);
    const { inboundShape: _none, ...plain } = backend;
    const seen = { link: link_, limits: { ...NO_LIMITS, inbound: 1000, inboundMark: mark } };
    const [gone, made] = planTap({ backend: plain, mark: MARK, owner: OWNER }, seen).limits.queues;
    expect(gone).toEqual(['qdisc', 'del', 'dev', 'vtabc', 'root']);
    expect(made).not.toContain('handle');
  });

  test('an isolated port is made so again on another bridge', () => {
    const wanted = { backend: { ...BACKEND, isolated: true }, mark: MARK, owner: OWNER };
    const seen = (master: string) => ({
      link: link('vtabc', { alias: formatMark(MARK), master, isolated: true }),
      limits: NO_LIMITS,
    });
    const isolate = ['link', 'set', 'dev', 'vtabc', 'type', 'bridge_slave', 'isolated', 'on'];
    expect(planTap(wanted, seen('vbabc')).links).toEqual([]);
    expect(planTap(wanted, seen('vbother')).links).toEqual([
      ['link', 'set', 'dev', 'vtabc', 'master', 'vbabc'],
      isolate,
    ]);
  });

  test('their names fit, differ, and say whose machine’s they are', () => {
    const name = tapOf('8c1d', 'eth0');
    expect(name).toMatch(/^[a-z2-7]{15}$/);
    expect(name.startsWith(tapPrefix('8c1d'))).toBe(true);
    expect(new Set(['eth0', 'eth1', 'a'.repeat(63)].map((nic) => tapOf('8c1d', nic))).size).toBe(3);
    expect(parseMark('somebody/else')).toBeUndefined();
    expect(parseMark(formatMark(MARK))).toEqual(MARK);
  });

  test('what is no word of ours never reaches a batch of ip', async () => {
    await expect(applyLinks([['link', 'del', 'dev', 'a\nlink del dev eth0']])).rejects.toThrow('no word');
  });
});
