import { expect, test } from 'vitest';
import { filterOf, filterTable, isWhole } from '../../executor/network/tap/filter.ts';

const MAC = '52:54:00:AB:00:01';
const BACKEND = { device: 'vtabc', network: 'n', queues: 1, offload: true };
const rulesOf = (name: string, addresses: readonly string[] = ['10.0.0.5/24']): string[] =>
  (filterTable({ ...BACKEND, filter: filterOf({ name }, MAC, addresses) ?? [] } as never)?.chains ?? []).map(
    ({ name: chain, rules }) => `${chain} ${rules.length}`,
  );

test('each of libvirt’s filters is as many rules as it has parts', () => {
  expect(rulesOf('no-mac-spoofing')).toEqual(['from 1']);
  expect(rulesOf('no-arp-spoofing')).toEqual(['from 2']);
  expect(rulesOf('no-ip-spoofing')).toEqual(['from 2']);
  expect(rulesOf('clean-traffic')).toEqual(['from 6', 'to 1']);
});

test('the address is the parameter’s, or the interface’s; without any, what needs one is left out and told', () => {
  const wanted = {
    name: 'clean-traffic',
    parameters: [
      { name: 'IP', value: '10.0.0.20' },
      { name: 'IP', value: '10.0.0.3' },
    ],
  };
  expect(filterOf(wanted, MAC, ['10.0.0.5'])).toMatchObject({
    macAddress: MAC.toLowerCase(),
    addresses: ['10.0.0.3', '10.0.0.20'],
  });
  const none = filterOf({ name: 'clean-traffic' }, MAC, ['fd00::1']);
  expect(none?.parts).toEqual(['mac', 'arpMac', 'otherProtocols']);
  expect(isWhole({ name: 'clean-traffic' }, none)).toBe(false);
  expect(isWhole(wanted, filterOf(wanted, MAC, []))).toBe(true);
});

test('a filter of an administrator’s own is none of ours', () => {
  for (const name of ['my-filter', 'allow-all', 'constructor']) expect(filterOf({ name }, MAC, [])).toBeUndefined();
});
