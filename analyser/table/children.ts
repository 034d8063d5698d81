import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import { readElement, sweep } from './read.ts';
import { ignored, runtime, same } from './rule.ts';
import type { Reading, Seen } from './seen.ts';
import { byAttribute, type Child, type Choice, type ElementTable, type Whole } from './table.ts';
import { writeElement } from './write.ts';

/** An element that is there once and shares its parent's scope; written where `when` holds. */
export const one = <S>(choice: Choice<S>, when: (scope: S) => boolean = () => true): Child<S> => ({
  repeated: false,
  read: (node, scope, reading) => readElement(node, choice, scope, reading),
  write: (name, scope) => (when(scope) ? writeElement(name, choice, scope) : []),
});

/** As `one`, with a table for each kind of it. */
export const chosen = <S>(
  select: (node: XmlElement) => Choice<S>,
  writes: (scope: S) => Choice<S> | undefined = () => undefined,
): Child<S> => ({
  repeated: false,
  read: (node, scope, reading) => readElement(node, select(node), scope, reading),
  write: (name, scope) => {
    const choice = writes(scope);
    return choice ? writeElement(name, choice, scope) : [];
  },
});

/** Elements that are kept or refused whole, however many there are: other programs' own. */
export const each = <S>(choice: Whole): Child<S> => ({
  repeated: true,
  read: (node, _, reading) => sweep(node, choice.whole, reading),
  write: () => [],
});

/** Siblings that share the parent's scope and are told apart by an attribute, such as timers. */
export const keyed = <S>(key: string, choices: Readonly<Record<string, ElementTable<S>>>): Child<S> => ({
  repeated: true,
  read: (node, scope, reading) =>
    readElement(node, withKey(node, key, byAttribute(key, choices)(node)), scope, reading),
  write: (name, scope) =>
    Object.entries(choices).flatMap(([word, choice]) =>
      writeElement(name, choice, scope, word).map((one) => ({
        ...one,
        attributes: new Map([[key, word], ...one.attributes]),
      })),
    ),
});

const withKey = <S>(node: XmlElement, key: string, choice: Choice<S>): Choice<S> =>
  'whole' in choice
    ? choice
    : {
        ...choice,
        key,
        attributes: { ...choice.attributes, [key]: same(`which ${node.name} it is`, attributeOf(node, key) ?? '') },
      };

/** A list of the scope, one item for each element. */
export interface Items<S, I> {
  /** Place of the list in the object, `spec.disks`. */
  readonly at: string;
  list(scope: S): I[];
  /** A new item. */
  make(node: XmlElement, scope: S): I;
  /** What tells the item from the others; what is kept for it is found by this. */
  name(item: I): string;
  table(node: XmlElement, reading: Reading): Choice<I>;
  /** The table that writes an item. */
  writes(item: I): Choice<I>;
}

/** An element that becomes an item of a list, unless its table says that it is refused or kept whole. */
export const items = <S, I>(options: Items<S, I>): Child<S> => ({
  repeated: true,
  read: (node, scope, reading) => readItem(node, options, scope, reading),
  write: (name, scope) =>
    options.list(scope).flatMap((item) => writeElement(name, options.writes(item), item, options.name(item))),
});

function readItem<S, I>(node: XmlElement, options: Items<S, I>, scope: S, reading: Reading) {
  const choice = options.table(node, reading);
  if ('whole' in choice) return sweep(node, choice.whole, reading);
  const list = options.list(scope);
  const item = options.make(node, scope);
  const seen = readElement(node, choice, item, { ...reading, at: `${options.at}[${list.length}]` });
  if (list.some((other) => options.name(other) === options.name(item))) refuseTwice(seen, options.name(item));
  list.push(item);
  seen.item = options.name(item);
  return seen;
}

/** Items are told apart by their names, in the spec as in libvirt. */
function refuseTwice({ leaves, children }: Seen, name: string): void {
  const all = [...leaves, ...children.flatMap((child) => child.leaves)];
  const leaf = all.find(({ value }) => value === name) ?? all[0];
  if (leaf) Object.assign(leaf, { outcome: 'refused', reason: `"${name}" is given twice` });
}

const RUNNING_ALIAS = runtime('libvirt names the devices of a running machine');

/** The name of a device; only a person's own begin with `ua-`. Source: https://libvirt.org/formatdomain.html#devices */
const ownAlias = (node: XmlElement): boolean => attributeOf(node, 'name')?.startsWith('ua-') ?? false;

export const alias: Child<unknown> = chosen((node) => ({
  attributes: { name: ownAlias(node) ? ignored('vmctl names devices by the names in the spec') : RUNNING_ALIAS },
}));

/** Elements, however many, of which nothing is written: all that they say is the default, or without effect. */
export const aside = <S>(select: Choice<S> | ((node: XmlElement) => Choice<S>)): Child<S> => ({
  repeated: true,
  read: (node, scope, reading) =>
    readElement(node, typeof select === 'function' ? select(node) : select, scope, reading),
  write: () => [],
});

/** As `child`, after `begin` has made room in the scope: the element says something even where it says nothing else. */
export const beginning = <S>(begin: (scope: S) => void, child: Child<S>): Child<S> => ({
  ...child,
  read: (node, scope, reading) => {
    begin(scope);
    return child.read(node, scope, reading);
  },
});
