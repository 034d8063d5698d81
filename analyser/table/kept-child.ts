import type { Reading, Seen } from './seen.ts';
import type { Child } from './table.ts';

/** Turns what was read into what is kept: checked as the table says, but the object itself does not hold it. */
function keep(seen: Seen, reason: string): Seen {
  for (const leaf of seen.leaves) {
    if (leaf.outcome !== 'imported') continue;
    leaf.outcome = 'ignored';
    leaf.reason = reason;
    delete leaf.field;
  }
  for (const child of seen.children) keep(child, reason);
  return seen;
}

/** An element that says once more what another one says: read into a scope that is thrown away. */
export const repeatedly = <S, T>(make: (scope: S) => T, child: Child<T>, reason: string): Child<S> => ({
  repeated: true,
  read: (node, scope, reading: Reading) => {
    const seen = keep(child.read(node, make(scope), reading), reason);
    delete seen.item;
    return seen;
  },
  write: () => [],
});
