import type { SpecOf } from '../../objects/manifest.ts';
import type { Named } from '../../roots/draft.ts';
import { fieldOf } from '../../table/rule.ts';
import type { Numbered } from '../common.ts';

type External = NonNullable<SpecOf<'VirtualMachineStoragePool'>['external']>;
type Of<K extends keyof External> =
  NonNullable<External[K]> extends readonly (infer I)[] ? Partial<I> & Numbered : never;

/** A pool on its way between libvirt's terms and ours. */
export interface PoolDraft extends Named {
  spec: Partial<Omit<External, 'hosts' | 'devices' | 'options'>>;
  hosts: Of<'hosts'>[];
  devices: Of<'devices'>[];
  options: Of<'options'>[];
}

export const emptyPool = (): PoolDraft => ({ spec: {}, hosts: [], devices: [], options: [] });

/** A rule for a field of a pool. */
export const pool = fieldOf<PoolDraft>();
export const host = fieldOf<Of<'hosts'>>();
export const device = fieldOf<Of<'devices'>>();
export const option = fieldOf<Of<'options'>>();
