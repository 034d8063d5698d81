import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import type { Rule } from './rule.ts';
import type { Reading, Seen } from './seen.ts';
import type { Tree } from './tree.ts';

/**
 * Everything that one element may hold. What is not named here is refused.
 * `S` is the object that the rules read from and write to.
 */
export interface ElementTable<S> {
  readonly attributes?: Readonly<Record<string, Rule<S>>>;
  /** Its content, where that is text. */
  readonly text?: Rule<S>;
  /** What it says by being there, where it has neither attributes nor content (`<acpi/>`). */
  readonly present?: Rule<S>;
  readonly children?: Readonly<Record<string, Child<S>>>;
  /** Attribute that tells it from its siblings of the same name (`<timer name=…>`). */
  readonly key?: string;
}

/** A whole element that becomes one thing: refused, or kept without effect. */
export interface Whole {
  readonly whole: Exclude<Rule<never>, { outcome: 'imported' | 'default' }>;
}

export type Choice<S> = ElementTable<S> | Whole;

/** How the elements of one name below a parent are read and written. */
export interface Child<S> {
  /** Whether the element may be there more than once. */
  readonly repeated: boolean;
  read(node: XmlElement, scope: S, reading: Reading): Seen;
  write(name: string, scope: S): readonly Tree[];
}

/** Tables by the value of an attribute; any other value is refused with the list of those that are known. */
export function byAttribute<T extends object>(
  attribute: string,
  choices: Readonly<Record<string, T>>,
  absent?: string,
): (node: XmlElement) => T | Whole {
  return (node) => {
    const value = attributeOf(node, attribute) ?? absent;
    if (value === undefined) return { whole: { outcome: 'refused', reason: `@${attribute} is missing` } };
    const found = Object.hasOwn(choices, value) ? choices[value] : undefined;
    const known = Object.keys(choices).join(', ');
    return (
      found ?? { whole: { outcome: 'refused', reason: `@${attribute} "${value}" is not supported; known: ${known}` } }
    );
  };
}
