/** An attribute as the document spells it, prefix included. */
export interface XmlAttribute {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** An element: names with their prefixes, values exactly as the document means them. Comments are left out. */
export interface XmlElement {
  readonly name: string;
  readonly line: number;
  readonly parent: XmlElement | undefined;
  readonly attributes: XmlAttribute[];
  /** Child elements and text in their order; neighbouring pieces of text are one. */
  readonly content: (XmlElement | string)[];
  /** Place among the siblings of the same name, from 1; undefined where it is the only one. */
  position: number | undefined;
  /** Another program's own: its white space is kept as well. */
  exact?: true;
}

export const isElement = (item: XmlElement | string): item is XmlElement => typeof item !== 'string';

export const childElements = (node: XmlElement): XmlElement[] => node.content.filter(isElement);

/** All the text directly inside an element. */
export function textOf(node: XmlElement): string {
  let text = '';
  for (const item of node.content) if (typeof item === 'string') text += item;
  return text;
}

export const attributeOf = (node: XmlElement, name: string): string | undefined =>
  node.attributes.find((attribute) => attribute.name === name)?.value;

export const childOf = (node: XmlElement, name: string): XmlElement | undefined =>
  node.content.find((item): item is XmlElement => isElement(item) && item.name === name);

/** An attribute of the first child of a name. */
export function childAttribute(node: XmlElement, child: string, name: string): string | undefined {
  const found = childOf(node, child);
  return found && attributeOf(found, name);
}

/** The white space of XML, which is less than JavaScript's `\s`. */
export const isBlank = (text: string): boolean => /^[ \t\r\n]*$/.test(text);

/** `/domain/devices/disk[2]`: positions only where an element has siblings of its name. */
export function xpathOf(node: XmlElement): string {
  const step = node.position === undefined ? node.name : `${node.name}[${node.position}]`;
  return `${node.parent ? xpathOf(node.parent) : ''}/${step}`;
}

/** Numbers the children that share a name. */
export function numberChildren(node: XmlElement): void {
  const children = childElements(node);
  if (children.length < 2) return;
  const counts = new Map<string, number>();
  for (const { name } of children) counts.set(name, (counts.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  for (const child of children) {
    if ((counts.get(child.name) ?? 0) < 2) continue;
    seen.set(child.name, (seen.get(child.name) ?? 0) + 1);
    child.position = seen.get(child.name);
  }
}
