/**
 * What of an element has no field in the object: spelled-out defaults and what has no effect here. Together with the tree that
 * the object stands for, it gives the input back. Each change names the text that it expects, so that it falls away when the
 * field behind it was edited.
 */
export interface Kept {
  readonly tag: string;
  /** The item, or the key, by which the element is found again. */
  readonly item?: string;
  /** Place among the elements of its name that have no item, from 0. Neither: the object says nothing of this element. */
  readonly nth?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Texts that `attributes` replace. */
  readonly over?: Readonly<Record<string, string>>;
  /** Attributes that the object stands for and the input left to libvirt's default. */
  readonly without?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly overText?: string;
  /** Text that the object stands for and the input left out. */
  readonly withoutText?: string;
  /** All children of a name that has something kept, in their order. */
  readonly children?: readonly Kept[];
  /** Elements that the object stands for and the input left out, printed. */
  readonly lacks?: readonly string[];
  /** A whole element, verbatim. */
  readonly xml?: string;
}

const PLACE: readonly string[] = ['tag', 'item', 'nth'] satisfies (keyof Kept)[];

export const isEmpty = (kept: Kept): boolean => Object.keys(kept).every((key) => PLACE.includes(key));

/** JSON with a line for each element, so that a person can read it in an annotation. */
export function printKept({ children = [], ...own }: Kept, indent = ''): string {
  const text = JSON.stringify(own);
  if (children.length === 0) return text;
  const inside = children.map((child) => `\n${indent} ${printKept(child, `${indent} `)}`).join(',');
  return `${text.slice(0, -1)},"children":[${inside}]}`;
}
