import type { VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import type { NetworkBackend, Volume } from '../../qemu/argv.ts';

/** Why something that a machine names cannot be used yet. */
export interface Problem {
  /** CamelCase. */
  readonly reason: string;
  /** Names the thing and says what to do. */
  readonly message: string;
}

/** Where a volume is, before anybody has looked at its file system. */
export type VolumeFile = Omit<Volume, 'directIo'>;

/** What networks know of a machine's interfaces, by the name of the interface. */
export type NetworkView = Readonly<Record<string, Pick<VirtualMachineNetwork, 'spec' | 'status'>>>;

/** What a machine names, found. Where there are problems, the rest is incomplete. */
export interface Resources {
  readonly volumes: Readonly<Record<string, VolumeFile>>;
  readonly networks: Readonly<Record<string, NetworkBackend>>;
  readonly kernel?: { readonly image: string; readonly initrd?: string };
  readonly diskProblems: readonly Problem[];
  readonly networkProblems: readonly Problem[];
  /** What the networks themselves say. */
  readonly networkView: NetworkView;
}

export type Resolved<T> = { readonly value: T } | { readonly problem: Problem } | undefined;
