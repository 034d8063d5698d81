import { core } from '../../schemas/client/paths.ts';
import { FENCED_AT, FENCED_BY, OUT_OF_SERVICE, type Taint } from '../../schemas/node-taints.ts';
import type { KubeObject } from '../../schemas/types/object.ts';

export const NODES = core('nodes', false);

export type Node = KubeObject & { readonly spec?: { readonly taints?: readonly Taint[] } };

/** The value that Kubernetes' own documentation gives the taint. */
const SHUT_DOWN = { key: OUT_OF_SERVICE, value: 'nodeshutdown', effect: 'NoExecute' };

/** What is written on a node that is known to be off, or that is back. Names the version that its taints are of. Pure. */
export function markPatch({ metadata, spec }: Node, fenced: { readonly by: string; readonly at: string } | undefined) {
  const others = (spec?.taints ?? []).filter(({ key }) => key !== OUT_OF_SERVICE);
  const annotations = { [FENCED_AT]: fenced?.at ?? null, [FENCED_BY]: fenced?.by ?? null };
  return {
    metadata: { resourceVersion: metadata.resourceVersion, annotations },
    spec: { taints: fenced ? [...others, SHUT_DOWN] : others },
  };
}

export const isMarked = ({ spec }: Node): boolean => spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false;
