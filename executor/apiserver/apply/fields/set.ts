import type { Element } from './element.ts';

/** A set of field paths, as a tree. A node is a member or only on the way to members. */
export interface FieldSet {
  member: boolean;
  children: Map<Element, FieldSet>;
}

export const emptySet = (): FieldSet => ({ member: false, children: new Map() });

export function isEmpty(set: FieldSet | undefined): boolean {
  return !set || (!set.member && [...set.children.values()].every(isEmpty));
}

/** Adds a path, in place. */
export function insert(set: FieldSet, path: readonly Element[]): void {
  let node = set;
  for (const element of path) node = childOf(node, element);
  node.member = true;
}

export function childOf(set: FieldSet, element: Element): FieldSet {
  let child = set.children.get(element);
  if (!child) {
    child = emptySet();
    set.children.set(element, child);
  }
  return child;
}

type Combine = (a: boolean, b: boolean) => boolean;

function combine(a: FieldSet | undefined, b: FieldSet | undefined, rule: Combine): FieldSet {
  const result: FieldSet = { member: rule(a?.member ?? false, b?.member ?? false), children: new Map() };
  const elements = new Set([...(a?.children.keys() ?? []), ...(b?.children.keys() ?? [])]);
  for (const element of elements) {
    const child = combine(a?.children.get(element), b?.children.get(element), rule);
    if (child.member || child.children.size > 0) result.children.set(element, child);
  }
  return result;
}

export const union = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA || inB);
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && inB);

/** Paths of `a` that are not themselves in `b`; what lies under a path of `b` stays. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && !inB);

/** Paths of `a` neither in `b` nor under a path of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = { member: a.member && !b.member, children: new Map() };
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (other?.member) continue;
    const rest = other ? recursiveDifference(child, other) : child;
    if (!isEmpty(rest)) result.children.set(element, rest);
  }
  return result;
}

/** Paths of the set that are not above another one; all of them with `inner`. */
export function* pathsOf(set: FieldSet, prefix: readonly Element[] = []): Generator<readonly Element[]> {
  if (set.member) yield prefix;
  for (const [element, child] of set.children) yield* pathsOf(child, [...prefix, element]);
}

export function has(set: FieldSet, path: readonly Element[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.children.get(element);
  return node?.member ?? false;
}

export function setOf(...paths: Element[][]): FieldSet {
  const set = emptySet();
  for (const path of paths) insert(set, path);
  return set;
}
