import { childElements, isElement, textOf, type XmlElement } from './infoset.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

const escaped = (text: string, characters: RegExp): string =>
  text.replace(characters, (found) => ESCAPES[found] ?? found);

/** Line ends and tabs of an attribute become spaces when read, unless they are references. */
const attribute = (value: string): string => escaped(value, /[&<>'\t\n\r]/g);

/** A carriage return becomes a line end when read, unless it is a reference. */
const text = (value: string): string => escaped(value, /[&<>\r]/g);

const startTag = (node: XmlElement): string =>
  [node.name, ...node.attributes.map(({ name, value }) => `${name}='${attribute(value)}'`)].join(' ');

/** One element on one line, all its white space kept. */
export function printExactly(node: XmlElement): string {
  const inside = node.content.map((item) => (isElement(item) ? printExactly(item) : text(item))).join('');
  return inside === '' ? `<${startTag(node)}/>` : `<${startTag(node)}>${inside}</${node.name}>`;
}

/** An element indented as libvirt prints it; one that has text is left as it is. */
export function printXml(node: XmlElement, indent = ''): string {
  const children = childElements(node);
  if (node.exact || children.length === 0 || textOf(node) !== '') return `${indent}${printExactly(node)}\n`;
  const inside = children.map((child) => printXml(child, `${indent}  `)).join('');
  return `${indent}<${startTag(node)}>\n${inside}${indent}</${node.name}>\n`;
}
