import { isElement, type XmlElement } from '../xml/infoset.ts';

/** An element to be printed. */
export interface Tree {
  readonly name: string;
  /** Name of the item of a list that the element shows; what was kept for that item finds it by this. */
  readonly item?: string;
  readonly attributes: Map<string, string>;
  readonly text?: string;
  readonly children: readonly Tree[];
  /** The whole element as it was; the rest is empty then. */
  readonly verbatim?: XmlElement;
}

type Attributes = Readonly<Record<string, string | undefined>>;

/** A short way to write a tree; attributes that are undefined are left out. */
export const tree = (
  name: string,
  attributes: Attributes = {},
  children: readonly Tree[] = [],
  text?: string,
): Tree => ({
  name,
  attributes: new Map(Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  children,
  ...(text !== undefined && { text }),
});

/** A tree as a document of its own. */
export function toElement(root: Tree, parent?: XmlElement): XmlElement {
  if (root.verbatim) return { ...root.verbatim, exact: true };
  const attributes = [...root.attributes].map(([name, value]) => ({ name, value, line: 0 }));
  const node: XmlElement = { name: root.name, line: 0, parent, attributes, content: [], position: undefined };
  if (root.text !== undefined) node.content.push(root.text);
  node.content.push(...root.children.map((child) => toElement(child, node)));
  return node;
}

export const toTree = (node: XmlElement): Tree => ({
  name: node.name,
  attributes: new Map(node.attributes.map(({ name, value }) => [name, value])),
  children: node.content.filter(isElement).map(toTree),
});
