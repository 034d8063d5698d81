import { isObject } from '../../schema/json.ts';
import { type Element, keyElement, valueElement } from '../fields/element.ts';
import type { ListAtom } from './atom.ts';

/** What an item of a list that merges is known by; keys that are missing have their default. */
export function itemElement(atom: ListAtom, item: unknown): Element {
  if (atom.by === 'value') return valueElement(item);
  const keys: Record<string, unknown> = {};
  for (const key of atom.keys) {
    const value = isObject(item) ? (item[key] ?? atom.items?.properties?.[key]?.default) : undefined;
    if (value !== undefined) keys[key] = value;
  }
  return keyElement(keys);
}

/** The items by their elements. Of duplicates, which validation refuses, the last is taken. */
export function itemsByElement(atom: ListAtom, items: readonly unknown[]): Map<Element, unknown> {
  return new Map(items.map((item) => [itemElement(atom, item), item]));
}
