import type { SpecOf } from '../../objects/manifest.ts';
import type { Named } from '../../roots/draft.ts';
import { fieldOf } from '../../table/rule.ts';
import type { Numbered } from '../common.ts';

type External = NonNullable<SpecOf<'VirtualMachineNetwork'>['external']>;
type ItemOf<L> = NonNullable<L> extends readonly (infer I)[] ? I : never;
type Draft<I> = Partial<I> & Numbered;

export type VlanDraft = { trunk?: boolean; tags: Draft<ItemOf<NonNullable<External['vlan']>['tags']>>[] };
type PortGroup = ItemOf<External['portGroups']>;
export type PortGroupDraft = Draft<Omit<PortGroup, 'vlan'>> & { vlan: VlanDraft };
type Subnet = ItemOf<External['subnets']>;
export type RangeDraft = Draft<ItemOf<Subnet['ranges']>>;
export type HostDraft = Draft<ItemOf<Subnet['hosts']>>;
export type SubnetDraft = Draft<Omit<Subnet, 'ranges' | 'hosts'>> & { ranges: RangeDraft[]; hosts: HostDraft[] };
type Dns = NonNullable<External['dns']>;
export type NameDraft = Numbered & { text?: string };
export type DnsHostDraft = Numbered & { address?: string; names: NameDraft[] };
export type ForwarderDraft = Draft<ItemOf<Dns['forwarders']>>;
export type TextDraft = Draft<ItemOf<Dns['texts']>>;
export type ServiceDraft = Draft<ItemOf<Dns['services']>>;
export type RouteDraft = Draft<ItemOf<External['routes']>>;
export type DeviceDraft = Numbered & { name?: string };
export type PciDraft = Numbered & { domain?: number; bus?: number; slot?: number; function?: number };

/** A network on its way between libvirt's terms and ours. Lists are flat, as the XML has them. */
export interface NetworkDraft extends Named {
  spec: Partial<Omit<External, 'devices' | 'dns' | 'subnets' | 'routes' | 'vlan' | 'portGroups'>>;
  /** A forward element without a mode is NAT. */
  forwards?: boolean;
  dns?: Partial<Omit<Dns, 'forwarders' | 'hosts' | 'texts' | 'services'>>;
  devices: DeviceDraft[];
  functions: PciDraft[];
  forwarders: ForwarderDraft[];
  dnsHosts: DnsHostDraft[];
  texts: TextDraft[];
  services: ServiceDraft[];
  subnets: SubnetDraft[];
  routes: RouteDraft[];
  vlan: VlanDraft;
  portGroups: PortGroupDraft[];
}

export const emptyNetwork = (): NetworkDraft => ({
  spec: {},
  devices: [],
  functions: [],
  forwarders: [],
  dnsHosts: [],
  texts: [],
  services: [],
  subnets: [],
  routes: [],
  vlan: { tags: [] },
  portGroups: [],
});

/** A rule for a field of a network. */
export const network = fieldOf<NetworkDraft>();
