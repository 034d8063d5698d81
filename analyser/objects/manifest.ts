import type * as z from 'zod';
import { LIBVIRT_UNSUPPORTED } from '../../schemas/kinds/annotations.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import type { Kind, kinds } from '../../schemas/kinds/index.ts';

/** The spec of a kind as a person writes it: defaults left out. */
export type SpecOf<K extends Kind> = z.input<(typeof kinds)[K]['spec']>;

/** An object as a person would apply it. */
export interface Manifest<K extends Kind = Kind> {
  readonly apiVersion: string;
  readonly kind: K;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: SpecOf<K>;
}

export const manifest = <K extends Kind>(kind: K, metadata: Manifest['metadata'], spec: SpecOf<K>): Manifest<K> => ({
  apiVersion: API_VERSION,
  kind,
  metadata,
  spec,
});

/** Annotations with which exporting gives the input back. */
export const ANNOTATIONS = {
  /** The machine's name in libvirt, where it is no name of Kubernetes or was changed. */
  name: 'vmctl.dev/libvirt-name',
  /** Names of networks and volumes in libvirt, as a JSON object from ours to theirs. */
  names: 'vmctl.dev/libvirt-names',
  /** What no field holds, see kept/kept.ts. */
  kept: 'vmctl.dev/libvirt-kept',
  /** Where it says something that is kept without effect, a line for each place. */
  unsupported: LIBVIRT_UNSUPPORTED,
  /** Where libvirt mounts what we mount elsewhere. */
  path: 'vmctl.dev/libvirt-path',
  /** Bridge and ports of a NAT network, which the executor chooses itself. */
  network: 'vmctl.dev/libvirt-network',
  title: 'vmctl.dev/title',
  /** Source: https://kubernetes.io/docs/reference/labels-annotations-taints/#description */
  description: 'kubernetes.io/description',
} as const;
