import type { KubeObject } from '../../../schemas/types/object.ts';
import { no, type Verdict } from './condition.ts';

/** What a node says of an object that all nodes report on, in its `status.nodes`. */
interface NodeEntry {
  readonly name: string;
  readonly ready: boolean;
  readonly message?: string | undefined;
}

type Reported = KubeObject & {
  readonly status?: {
    readonly conditions?: readonly (Verdict & { readonly type: string })[] | undefined;
  };
};

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

/**
 * The entries with this node's in the place of what it said before, or none of it. Every node has to come to the same order:
 * a hundred that each put their own last would answer each other's writes for ever.
 */
export const withEntry = <T extends { readonly name: string }>(
  before: readonly T[],
  nodeName: string,
  mine: T | undefined,
): T[] => [...before.filter(({ name }) => name !== nodeName), ...(mine ? [mine] : [])].sort(byName);

/**
 * What an object is said to be that several nodes report on: the first that is not ready speaks, else the first of all; the
 * others leave what it said, and speak in its place only where that is not what its entry says.
 * @param mine of this node
 */
export function jointVerdict(object: Reported, nodes: readonly NodeEntry[], nodeName: string, mine: Verdict): Verdict {
  const speaker = nodes.find(({ ready }) => !ready) ?? nodes[0];
  if (!speaker || speaker.name === nodeName) return mine;
  const { message = 'not ready' } = speaker;
  const said = object.status?.conditions?.find(({ type }) => type === 'Ready');
  const isKept = speaker.ready ? said?.status === 'True' : said?.status === 'False' && said.message.includes(message);
  if (said && isKept) return { status: said.status, reason: said.reason, message: said.message };
  return speaker.ready ? mine : no('NodesNotReady', `on the node ${speaker.name}: ${message}`);
}

/** So long is between two reports of one node, for each node that reports: all together write as seldom as one would alone. */
const TURN_MS = 2000;

/** Who reports numbers that always change, to an object that all the others read, waits for its turn. */
export class Turns {
  readonly #last = new Map<string, number>();

  /** Milliseconds until it may. A node that is alone need not wait. @param nowMs of a clock that only goes forward */
  wait(name: string, nodes: number, nowMs: number): number {
    const last = this.#last.get(name);
    return last === undefined || nodes < 2 ? 0 : Math.max(0, last + nodes * TURN_MS - nowMs);
  }

  took(name: string, nowMs: number): void {
    this.#last.set(name, nowMs);
  }

  forget(name: string): void {
    this.#last.delete(name);
  }
}
