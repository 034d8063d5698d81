import type { DeviceDraft, NetworkDraft, PciDraft, SubnetDraft, VlanDraft } from '../elements/network/draft.ts';
import { emptyNetwork } from '../elements/network/draft.ts';
import type { SpecOf } from '../objects/manifest.ts';
import { some } from './draft.ts';

type Spec = SpecOf<'VirtualMachineNetwork'>;
export type External = NonNullable<Spec['external']>;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const pciText = ({ domain = 0, bus = 0, slot = 0, function: fn = 0 }: PciDraft): string =>
  `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;

function pciOf(text: string): PciDraft {
  const [domain = 0, bus = 0, slot = 0, fn = 0] = text.split(/[:.]/).map((part) => Number.parseInt(part, 16));
  return { domain, bus, slot, function: fn };
}

/** Takes the numbers away again by which items of a list are told apart. */
function plain<T>(value: T): T {
  if (Array.isArray(value)) return value.map(plain) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (key === 'n' || isNothing(one) ? [] : [[key, plain(one)]])),
  ) as T;
}

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  (typeof value === 'object' && value !== null && Object.values(value).every((one) => isNothing(one)));

const numbered = <T extends object>(list: readonly T[] | undefined): (T & { n: number })[] =>
  (list ?? []).map((item, n) => ({ ...item, n }));

/** What a network is in libvirt's terms. */
export function externalOf(draft: NetworkDraft): External {
  const { spec, dns, devices, functions, forwarders, dnsHosts, texts, services, subnets, routes, vlan, portGroups } =
    draft;
  const all = [...devices.map(({ name }) => ({ name })), ...functions.map((one) => ({ address: pciText(one) }))];
  const hosts = dnsHosts.map(({ address, names }) => ({ address, names: names.map(({ text }) => text) }));
  const names = some({
    ...dns,
    forwarders: nonEmpty(forwarders),
    hosts: nonEmpty(hosts),
    texts: nonEmpty(texts),
    services: nonEmpty(services),
  });
  return plain({
    mode: 'None',
    ...spec,
    devices: nonEmpty(all),
    dns: names,
    subnets: nonEmpty(subnets),
    routes: nonEmpty(routes),
    vlan,
    portGroups: nonEmpty(portGroups),
  }) as External;
}

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

const vlanDraft = ({ tags, ...rest }: NonNullable<External['vlan']> = {}): VlanDraft =>
  ({ ...rest, tags: numbered(tags) }) as VlanDraft;

function devicesOf(list: External['devices'] = []): { devices: DeviceDraft[]; functions: PciDraft[] } {
  return {
    devices: numbered(list.flatMap(({ name }) => (name === undefined ? [] : [{ name }]))),
    functions: numbered(list.flatMap(({ address }) => (address === undefined ? [] : [pciOf(address)]))),
  };
}

const subnetDraft = ({ ranges, hosts, ...rest }: NonNullable<External['subnets']>[number], n: number): SubnetDraft =>
  ({ ...rest, n, ranges: numbered(ranges), hosts: numbered(hosts) }) as SubnetDraft;

/** The same back. */
export function draftOf(external: External): NetworkDraft {
  const { mode, devices, dns = {}, subnets = [], routes, vlan, portGroups = [], ...spec } = structuredClone(external);
  const { forwarders, hosts = [], texts, services, ...names } = dns;
  return {
    ...emptyNetwork(),
    spec: { ...spec, ...(mode !== 'None' && { mode }) } as NetworkDraft['spec'],
    dns: names as NonNullable<NetworkDraft['dns']>,
    ...devicesOf(devices),
    forwarders: numbered(forwarders),
    dnsHosts: hosts.map(({ address, names: list = [] }, n) => ({
      n,
      address,
      names: numbered(list.map((text) => ({ text }))),
    })),
    texts: numbered(texts),
    services: numbered(services),
    subnets: subnets.map(subnetDraft),
    routes: numbered(routes),
    vlan: vlanDraft(vlan),
    portGroups: portGroups.map(({ vlan: own, ...rest }, n) => ({
      ...rest,
      n,
      vlan: vlanDraft(own),
    })) as NetworkDraft['portGroups'],
  };
}
