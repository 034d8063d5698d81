import type { Rule } from './rule.ts';
import type { Child, Choice, ElementTable } from './table.ts';
import type { Tree } from './tree.ts';

const give = <S>(rule: Rule<S>, scope: S): string | undefined =>
  rule.outcome === 'imported' ? rule.give(scope) : undefined;

/** The element that a scope stands for; none where nothing of it is set. */
export function writeElement<S>(name: string, choice: Choice<S>, scope: S, item?: string): Tree[] {
  if ('whole' in choice) return [];
  const attributes = attributesOf(choice, scope);
  const children = childrenOf(choice, scope);
  const text = choice.text && give(choice.text, scope);
  const present = choice.present !== undefined && give(choice.present, scope) !== undefined;
  if (!present && attributes.size === 0 && children.length === 0 && text === undefined) return [];
  return [{ name, attributes, children, ...(text !== undefined && { text }), ...(item !== undefined && { item }) }];
}

const listed = new WeakMap<object, readonly (readonly [string, unknown])[]>();

/** Entries of a part of a table, listed once: tables do not change, and are asked for every element. */
function entriesOf<T>(part: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  const found = listed.get(part) as readonly (readonly [string, T])[] | undefined;
  if (found) return found;
  const entries = Object.entries(part);
  listed.set(part, entries);
  return entries;
}

function attributesOf<S>({ attributes }: ElementTable<S>, scope: S): Map<string, string> {
  const found = new Map<string, string>();
  if (!attributes) return found;
  for (const [name, rule] of entriesOf(attributes)) {
    const value = give(rule, scope);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

function childrenOf<S>({ children }: ElementTable<S>, scope: S): Tree[] {
  const found: Tree[] = [];
  if (!children) return found;
  for (const [name, child] of entriesOf<Child<S>>(children))
    for (const one of child.write(name, scope)) found.push(one);
  return found;
}
