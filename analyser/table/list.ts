import type { XmlElement } from '../xml/infoset.ts';
import { readElement } from './read.ts';
import type { Reading } from './seen.ts';
import type { Child, Choice } from './table.ts';
import { writeElement } from './write.ts';

interface Listing<S, I> {
  /** Place of the list in the object, below the scope's own. */
  readonly at: string;
  list(scope: S): I[] | undefined;
  /** Makes room for the list. */
  begin(scope: S): I[];
  make(node: XmlElement): I;
  readonly choice: (node: XmlElement) => Choice<I>;
  readonly writes: (item: I) => Choice<I>;
}

/** Elements that become items of a list without names, told apart by their order, such as the servers of a disk. */
export const ordered = <S, I>(options: Listing<S, I>): Child<S> => ({
  repeated: true,
  read: (node, scope, reading) => readNext(node, options, scope, reading),
  write: (name, scope) =>
    (options.list(scope) ?? []).flatMap((item, index) => writeElement(name, options.writes(item), item, String(index))),
});

function readNext<S, I>(node: XmlElement, options: Listing<S, I>, scope: S, reading: Reading) {
  const list = options.begin(scope);
  const item = options.make(node);
  const at = `${reading.at}${options.at}[${list.length}]`;
  const seen = readElement(node, options.choice(node), item, { ...reading, at });
  seen.item = String(list.length);
  list.push(item);
  return seen;
}
