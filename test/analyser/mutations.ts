import fc from 'fast-check';
import { childElements, numberChildren, type XmlElement } from '../../analyser/xml/infoset.ts';
import { parseXml } from '../../analyser/xml/parse.ts';
import { printExactly } from '../../analyser/xml/print.ts';

/** Values that have broken parsers, and some that are only wrong. */
const NASTY = [
  '',
  ' ',
  '0',
  '-1',
  '1.5',
  '0x10',
  '1e3',
  '99999999999999999999',
  'NaN',
  '@',
  '$',
  '$(id)',
  '#text',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'yes',
  'no',
  'on',
  'off',
  'file',
  'network',
  '../../etc/passwd',
  '/a/../b',
  '/a\nb',
  'a\tb',
  '\r\n',
  '"',
  "'",
  '<&>',
  ']]>',
  '😀',
  'ü',
  'x'.repeat(5000),
  '0-3,^2',
  '52:54:00:00:00:00',
  'vda',
  'vdb',
];
const NAMES = [
  'disk',
  'source',
  'text',
  'interface',
  '__proto__',
  'constructor',
  'domain',
  'name',
  'type',
  'a:b',
  'memory',
  'x',
];

export type Mutation = (root: XmlElement, pick: (max: number) => number) => void;

const all = (node: XmlElement): XmlElement[] => [node, ...childElements(node).flatMap(all)];
const from = <T>(list: readonly T[], pick: (max: number) => number): T | undefined => list[pick(list.length)];
const nasty = (pick: (max: number) => number): string => from(NASTY, pick) ?? '';

const copy = (node: XmlElement, parent: XmlElement | undefined): XmlElement => {
  const made: XmlElement = { ...node, parent, attributes: node.attributes.map((one) => ({ ...one })), content: [] };
  made.content.push(...node.content.map((item) => (typeof item === 'string' ? item : copy(item, made))));
  return made;
};

const MUTATIONS: readonly Mutation[] = [
  (root, pick) => {
    const node = from(
      all(root).filter(({ attributes }) => attributes.length > 0),
      pick,
    );
    const attribute = node && from(node.attributes, pick);
    if (node && attribute) node.attributes[node.attributes.indexOf(attribute)] = { ...attribute, value: nasty(pick) };
  },
  (root, pick) => {
    const node = from(all(root), pick);
    const name = from(NAMES, pick) ?? 'x';
    if (node && !node.attributes.some((one) => one.name === name))
      node.attributes.push({ name, value: nasty(pick), line: 0 });
  },
  (root, pick) => {
    const node = from(all(root), pick);
    node?.attributes.splice(pick(node.attributes.length), 1);
  },
  (root, pick) => {
    const node = from(all(root), pick);
    node?.content.splice(pick(node.content.length + 1), 1);
  },
  (root, pick) => {
    const node = from(all(root), pick);
    node?.content.splice(pick(node.content.length + 1), 0, nasty(pick));
  },
  (root, pick) => {
    const node = from(all(root).slice(1), pick);
    if (node?.parent) node.parent.content.splice(pick(node.parent.content.length + 1), 0, copy(node, node.parent));
  },
  (root, pick) => {
    const node = from(all(root).slice(1), pick);
    const to = from(all(root), pick);
    if (node && to) to.content.push(copy(node, to));
  },
  (root, pick) => {
    const node = from(all(root).slice(1), pick);
    if (node) Object.assign(node, { name: from(NAMES, pick) });
  },
];

/** A document with up to four things changed in its structure. */
export const mutated = (documents: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...documents),
      fc.array(fc.tuple(fc.nat(), fc.array(fc.nat(), { minLength: 4, maxLength: 8 })), { minLength: 1, maxLength: 4 }),
    )
    .map(([xml, steps]) => {
      const root = parseXml(xml);
      for (const [which, numbers] of steps) {
        let next = 0;
        const pick = (max: number): number => (numbers[next++ % numbers.length] ?? 0) % Math.max(1, max);
        MUTATIONS[which % MUTATIONS.length]?.(root, pick);
      }
      for (const node of all(root)) numberChildren(node);
      return printExactly(root);
    });

/** A document with bytes cut out, put in or doubled: hardly ever XML. */
export const damaged = (documents: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...documents),
      fc.nat(),
      fc.nat({ max: 40 }),
      fc.constantFrom('', ...NASTY, '<', '>', '&', '<!--', '<![CDATA[', '<?x', '\0'),
    )
    .map(([xml, at, length, put]) => {
      const start = at % xml.length;
      return xml.slice(0, start) + put + xml.slice(start + length);
    });
