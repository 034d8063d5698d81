import { childElements, isBlank, textOf, type XmlElement, xpathOf } from './infoset.ts';

/** One value of a document, and where it is. */
export interface Found {
  readonly xpath: string;
  readonly line: number;
  readonly value: string;
}

/** Every leaf of an element in document order: attributes, text, and elements that have neither. */
export function leavesOf(node: XmlElement): Found[] {
  const xpath = xpathOf(node);
  const attributes = node.attributes.map(({ name, value, line }) => ({ xpath: `${xpath}/@${name}`, line, value }));
  const children = childElements(node);
  const text = textOf(node);
  const bare = children.length === 0 && attributes.length === 0;
  const own =
    bare || !isBlank(text)
      ? [{ xpath: children.length > 0 ? `${xpath}/text()` : xpath, line: node.line, value: text }]
      : [];
  return [...attributes, ...own, ...children.flatMap(leavesOf)];
}
