import { type Tree, toElement } from '../table/tree.ts';
import { parseXml } from '../xml/parse.ts';
import { printExactly } from '../xml/print.ts';
import type { Kept } from './kept.ts';

/** Puts what was kept back into the tree that an object stands for. */
export function apply(tree: Tree, kept: Kept): Tree {
  const text = applyText(tree, kept);
  const { text: _, ...rest } = tree;
  return {
    ...rest,
    attributes: applyAttributes(tree, kept),
    children: applyChildren(tree, kept),
    ...(text !== undefined && { text }),
  };
}

function applyText({ text }: Tree, kept: Kept): string | undefined {
  if (kept.text === undefined) return text === kept.withoutText ? undefined : text;
  return text === undefined || text === kept.overText ? kept.text : text;
}

/** A name may be `constructor` or `__proto__`. */
const own = (record: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

function applyAttributes(tree: Tree, { attributes = {}, over = {}, without = {} }: Kept): Map<string, string> {
  const result = new Map([...tree.attributes].filter(([name, value]) => own(without, name) !== value));
  for (const [name, value] of Object.entries(attributes)) {
    if (tree.attributes.get(name) === own(over, name)) result.set(name, value);
  }
  return result;
}

function applyChildren(tree: Tree, { children = [], lacks = [] }: Kept): Tree[] {
  const absent = new Set(lacks);
  const left = tree.children.filter((child) => !absent.has(printExactly(toElement(child))));
  const placed = children.flatMap((kept) => {
    const match = find(tree.children, kept);
    if (match) left.splice(left.indexOf(match), left.includes(match) ? 1 : 0);
    return place(match, kept);
  });
  return inOrder(tree.children, [...placed, ...left]);
}

function find(trees: readonly Tree[], { tag, item, nth }: Kept): Tree | undefined {
  const named = trees.filter(({ name }) => name === tag);
  if (item !== undefined) return named.find((one) => one.item === item);
  return nth === undefined ? undefined : named.filter((one) => one.item === undefined)[nth];
}

/** An element whose item is gone goes with it; one that the object never had stands alone. */
function place(match: Tree | undefined, kept: Kept): Tree[] {
  if (kept.xml !== undefined) return [verbatim(kept.tag, kept.xml)];
  if (!match && kept.item !== undefined) return [];
  const alone = apply(match ?? { name: kept.tag, attributes: new Map(), children: [] }, kept);
  const says = alone.attributes.size > 0 || alone.children.length > 0 || alone.text !== undefined;
  return match || says || kept.nth === undefined ? [alone] : [];
}

const verbatim = (name: string, xml: string): Tree => ({
  name,
  attributes: new Map(),
  children: [],
  verbatim: parseXml(xml),
});

/** The names in the order of the object's own tree; the kept ones of a name come before those that are new. */
function inOrder(own: readonly Tree[], all: readonly Tree[]): Tree[] {
  const names = new Set([...own, ...all].map(({ name }) => name));
  return [...names].flatMap((name) => all.filter((one) => one.name === name));
}
