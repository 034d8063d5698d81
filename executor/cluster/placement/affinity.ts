/** core/v1 NodeSelectorTerm, as far as it is touched here. */
interface Term {
  readonly matchFields?: readonly object[];
  readonly [key: string]: unknown;
}

interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly Term[] };
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly object[];
}

/** core/v1 Affinity. */
export interface Affinity {
  readonly nodeAffinity?: NodeAffinity;
  readonly [key: string]: unknown;
}

const MOST_WEIGHT = 100;

/** matchFields takes one name per expression, so each node is a term of its own: terms are alternatives. */
const named = (node: string) => ({ key: 'metadata.name', operator: 'In', values: [node] });

/**
 * A machine's affinity, narrowed to the nodes where it can run, with the one preferred where it was. Pure.
 * @param nodes where its disks can be had; nothing where that is everywhere
 */
export function narrow(
  affinity: Affinity | undefined,
  nodes: readonly string[] | undefined,
  preferred?: string,
): Affinity | undefined {
  if (!nodes && preferred === undefined) return affinity;
  const of = affinity?.nodeAffinity;
  const required = nodes ? requireOne(of, nodes) : of?.requiredDuringSchedulingIgnoredDuringExecution;
  const wishes = [
    ...(of?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(preferred === undefined ? [] : [{ weight: MOST_WEIGHT, preference: { matchFields: [named(preferred)] } }]),
  ];
  return {
    ...affinity,
    nodeAffinity: {
      ...(required && { requiredDuringSchedulingIgnoredDuringExecution: required }),
      ...(wishes.length > 0 && { preferredDuringSchedulingIgnoredDuringExecution: wishes }),
    },
  };
}

function requireOne(of: NodeAffinity | undefined, nodes: readonly string[]) {
  const terms = of?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}];
  const nodeSelectorTerms = terms.flatMap((term) =>
    nodes.map((node) => ({ ...term, matchFields: [...(term.matchFields ?? []), named(node)] })),
  );
  return { nodeSelectorTerms };
}
