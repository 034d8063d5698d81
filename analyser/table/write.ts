import type { Rule } from './rule.ts';
import type { Child, Choice, ElementTable } from './table.ts';
import type { Tree } from './tree.ts';

const give = <S>(rule: Rule<S>, scope: S): string | undefined =>
  rule.outcome === 'imported' ? rule.give(scope) : undefined;

/** The element that a scope stands for; none where nothing of it is set. */
export function writeElement<S>(name: string, choice: Choice<S>, scope: S, item?: string): Tree[] {
  if ('whole' in choice) return [];
  const attributes = new Map(attributesOf(choice, scope));
  const children = childrenOf(choice, scope);
  const text = choice.text && give(choice.text, scope);
  const present = choice.present !== undefined && give(choice.present, scope) !== undefined;
  if (!present && attributes.size === 0 && children.length === 0 && text === undefined) return [];
  return [{ name, attributes, children, ...(text !== undefined && { text }), ...(item !== undefined && { item }) }];
}

function attributesOf<S>(table: ElementTable<S>, scope: S): [string, string][] {
  return Object.entries(table.attributes ?? {}).flatMap(([name, rule]) => {
    const value = give(rule, scope);
    return value === undefined ? [] : [[name, value] satisfies [string, string]];
  });
}

const childrenOf = <S>(table: ElementTable<S>, scope: S): Tree[] =>
  Object.entries<Child<S>>(table.children ?? {}).flatMap(([name, child]) => child.write(name, scope));
