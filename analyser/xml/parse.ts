import { SaxesParser } from 'saxes';
import { XmlError } from './errors.ts';
import { isElement, numberChildren, type XmlElement } from './infoset.ts';

/** Bounds of a document. libvirt's own machines stay far below: the largest of its test-suite has 2,000 nodes at depth 9. */
export const LIMITS = { characters: 4 * 1024 * 1024, depth: 64, nodes: 50_000 } as const;

const DOCTYPE =
  'a document type declaration (DOCTYPE) is refused, since its entities can read other files and grow without bound; remove it';

interface Building {
  root: XmlElement | undefined;
  current: XmlElement | undefined;
  depth: number;
  nodes: number;
}

/**
 * Reads one document: XML 1.0 to the letter, no document type, the five predefined entities and character references only.
 *
 * @throws XmlError with line and column.
 */
export function parseXml(text: string, source?: string): XmlElement {
  if (text.length > LIMITS.characters) {
    throw new XmlError(`the document is longer than ${LIMITS.characters} characters`, 1, 1, source);
  }
  const parser = new SaxesParser({ position: true, xmlns: false, defaultXMLVersion: '1.0' });
  const fail = (message: string): never => {
    throw new XmlError(message, parser.line, Math.max(1, parser.column), source);
  };
  const building: Building = { root: undefined, current: undefined, depth: 0, nodes: 0 };
  listen(parser, building, fail);
  if (!text.isWellFormed()) fail('the text has half a surrogate pair');
  parser.write(text).close();
  return building.root ?? fail('there is no root element');
}

function listen(parser: SaxesParser, building: Building, fail: (message: string) => never): void {
  const grow = (): void => {
    building.nodes += 1;
    if (building.nodes > LIMITS.nodes) fail(`more than ${LIMITS.nodes} elements and attributes`);
  };
  parser.on('error', ({ message }) => fail(message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')));
  parser.on('doctype', () => fail(DOCTYPE));
  parser.on('xmldecl', ({ encoding, version }) => {
    if (version !== undefined && version !== '1.0') fail(`XML ${version} is not read; use version 1.0`);
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding))
      fail(`the encoding ${encoding} is not read; save it as UTF-8`);
  });
  parser.on('processinginstruction', ({ target }) =>
    fail(`a processing instruction (${target}) is refused; remove it`),
  );
  parser.on('opentagstart', ({ name }) => {
    grow();
    building.depth += 1;
    if (building.depth > LIMITS.depth) fail(`elements are nested deeper than ${LIMITS.depth}`);
    open(building, name, parser.line);
  });
  parser.on('attribute', ({ name, value }) => {
    grow();
    building.current?.attributes.push({ name, value, line: parser.line });
  });
  parser.on('text', (text) => addText(building.current, text));
  parser.on('cdata', (text) => addText(building.current, text));
  parser.on('closetag', () => close(building));
}

function open(building: Building, name: string, line: number): void {
  const node: XmlElement = { name, line, parent: building.current, attributes: [], content: [], position: undefined };
  building.current?.content.push(node);
  building.root ??= node;
  building.current = node;
}

function close(building: Building): void {
  if (building.current) numberChildren(building.current);
  building.current = building.current?.parent;
  building.depth -= 1;
}

function addText(node: XmlElement | undefined, text: string): void {
  const last = node?.content.at(-1);
  if (!node || text === '') return;
  if (last === undefined || isElement(last)) node.content.push(text);
  else node.content[node.content.length - 1] = last + text;
}
