import type { Element } from '../fields/element.ts';

/**
 * The order of a merged list. Items that the configuration names are in its order; items that only the live list has
 * keep their place behind those that they followed, and come before new ones (structured-merge-diff's `visitListItems`).
 */
export function mergeOrder(live: readonly Element[], applied: readonly Element[]): Element[] {
  const isApplied = new Set(applied);
  const isLive = new Set(live);
  const shared = applied.filter((element) => isLive.has(element));
  const order = new Set<Element>();
  let left = 0;
  for (const next of applied) {
    left = passLive(live, left, { isApplied, awaited: shared[0], order });
    order.add(next);
    if (next === shared[0]) shared.shift();
    if (next === live[left]) left++;
  }
  passLive(live, left, { isApplied, awaited: undefined, order });
  return [...order];
}

interface Pass {
  isApplied: ReadonlySet<Element>;
  /** The next item that both have; the live list is followed up to it. */
  awaited: Element | undefined;
  order: Set<Element>;
}

/** Takes what only the live list has, up to the awaited item; answers how far it came. */
function passLive(live: readonly Element[], from: number, { isApplied, awaited, order }: Pass): number {
  let left = from;
  for (; left < live.length; left++) {
    const element = live[left];
    if (element === undefined || element === awaited) break;
    if (!isApplied.has(element)) order.add(element);
  }
  return left;
}
