import type { Claim, Seen } from '../table/seen.ts';
import { type Tree, toElement } from '../table/tree.ts';
import { printExactly } from '../xml/print.ts';
import { isEmpty, type Kept } from './kept.ts';

/**
 * What must be kept beside an object so that exporting gives `seen` back, where the object alone gives `tree`.
 * An imported leaf that the tree does not give back is marked refused: it would be lost.
 */
export function diff(seen: Seen, tree: Tree, place: Place = {}): Kept {
  const attributes = diffAttributes(seen, tree);
  const text = diffText(seen, tree);
  const children = diffChildren(seen, tree);
  return { tag: seen.name, ...place, ...attributes, ...text, ...children };
}

type Place = Pick<Kept, 'item' | 'nth'>;

type Change = { readonly text: string; readonly over?: string } | undefined;

/** How a leaf differs from what the object gives for it. */
function change({ value, leaf, imported }: Claim, given: string | undefined): Change {
  if (leaf.outcome === 'refused' || given === value) return undefined;
  if (leaf.outcome !== 'imported') return { text: value, ...(given !== undefined && { over: given }) };
  if (given !== undefined && imported?.canonical)
    return isPadded(value, given) ? { text: value, over: given } : undefined;
  if (given !== undefined && imported?.same(value, given)) return { text: value, over: given };
  leaf.outcome = 'refused';
  leaf.reason = `"${value}" cannot be said in ${leaf.field} without loss`;
  return undefined;
}

/** One number, with zeros before it in the input. */
const isPadded = (value: string, given: string): boolean => /^0/.test(value) && value.replace(/^0+(?=.)/, '') === given;

type Entry = readonly [name: string, text: string];

const some = (name: string, entries: readonly Entry[]): Record<string, Record<string, string>> | undefined =>
  entries.length === 0 ? undefined : { [name]: Object.fromEntries(entries) };

function diffAttributes(seen: Seen, tree: Tree): Partial<Kept> {
  const texts: Entry[] = [];
  const overs: Entry[] = [];
  const unsaid: Entry[] = [];
  for (const [name, claim] of seen.attributes) {
    const changed = change(claim, tree.attributes.get(name));
    if (changed) texts.push([name, changed.text]);
    if (changed?.over !== undefined) overs.push([name, changed.over]);
  }
  for (const entry of tree.attributes) if (!seen.attributes.has(entry[0])) unsaid.push(entry);
  return { ...some('attributes', texts), ...some('over', overs), ...some('without', unsaid) };
}

function diffText(seen: Seen, tree: Tree): Partial<Kept> {
  if (!seen.text) return tree.text === undefined ? {} : { withoutText: tree.text };
  const changed = change(seen.text, tree.text);
  return changed ? { text: changed.text, ...(changed.over !== undefined && { overText: changed.over }) } : {};
}

function diffChildren(seen: Seen, tree: Tree): Partial<Kept> {
  if (seen.children.length === 0 && tree.children.length === 0) return {};
  const names = new Set<string>();
  for (const { name } of seen.children) names.add(name);
  for (const { name } of tree.children) names.add(name);
  const children: Kept[] = [];
  const lacks: string[] = [];
  for (const name of names) {
    const part = diffSiblings(only(seen.children, name), only(tree.children, name));
    children.push(...part.children);
    lacks.push(...part.lacks);
  }
  return { ...(children.length > 0 && { children }), ...(lacks.length > 0 && { lacks }) };
}

const only = <T extends { readonly name: string }>(list: readonly T[], name: string): T[] =>
  list.filter((item) => item.name === name);

/** Siblings of one name. All of them are kept where one has something to keep, or where their order would be lost. */
function diffSiblings(seen: readonly Seen[], trees: readonly Tree[]): { children: Kept[]; lacks: string[] } {
  const left = [...trees];
  const children = seen.map((one) => {
    const match = take(left, one);
    return match ? diff(one, match, placeOf(match, trees)) : whole(one);
  });
  const order = trees.filter((one) => !left.includes(one)).map((one) => placeOf(one, trees));
  const inOrder = children.every((child, index) => isAt(child, order[index]));
  const lacks = left.map((one) => printExactly(toElement(one)));
  return { children: inOrder && children.every(isEmpty) ? [] : children, lacks };
}

const isAt = ({ item, nth }: Kept, place: Place | undefined): boolean =>
  place !== undefined && item === place.item && nth === place.nth;

/** Finds the element that an input's element became, and takes it from the list. */
function take(left: Tree[], { item, verbatim }: Seen): Tree | undefined {
  const index = verbatim ? -1 : left.findIndex((one) => one.item === item);
  return index < 0 ? undefined : left.splice(index, 1)[0];
}

const placeOf = (one: Tree, trees: readonly Tree[]): Place =>
  one.item === undefined ? { nth: trees.filter(({ item }) => item === undefined).indexOf(one) } : { item: one.item };

const EMPTY: Tree = { name: '', attributes: new Map(), children: [] };

/** An element of which the object says nothing. */
function whole(seen: Seen): Kept {
  if (seen.verbatim) return { tag: seen.name, xml: printExactly(seen.verbatim) };
  for (const leaf of seen.leaves) if (leaf.outcome === 'imported' && leaf.value === '') lose(leaf);
  return diff(seen, EMPTY);
}

function lose(leaf: Claim['leaf']): void {
  leaf.outcome = 'refused';
  leaf.reason = `cannot be said in ${leaf.field} without loss`;
}
