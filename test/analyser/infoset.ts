import { attributeOf, childElements, isBlank, isElement, textOf, type XmlElement } from '../../analyser/xml/infoset.ts';

/**
 * What two documents must have in common to be the same machine's XML: no white space between elements, no order of
 * attributes, siblings in order by name only, memory in bytes, addresses as numbers, nothing that only a running machine has.
 * It shares no table with the analyser, so a leaf that a table forgets shows up here.
 */
export interface Infoset {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: Readonly<Record<string, readonly Infoset[]>>;
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1e3,
  k: 1024,
  KiB: 1024,
  MB: 1e6,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1e9,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
};
const IN_TEXT = ['/domain/memory', '/domain/currentMemory'];
const IN_ATTRIBUTE: Readonly<Record<string, string>> = {
  '/domain/cpu/numa/cell': 'memory',
  '/domain/memoryBacking/hugepages/page': 'size',
};

/** Elements whose text may be nothing but white space. */
const BLANK_COUNTS = ['name', 'title', 'description', 'cmdline', 'entry'];

type Drop = (path: string, node: XmlElement) => boolean;

const isPty = (node: XmlElement | undefined): boolean => node !== undefined && attributeOf(node, 'type') === 'pty';

/** Elements of a running machine. */
const DROPPED: readonly Drop[] = [
  (path, node) => path.endsWith('/alias') && !attributeOf(node, 'name')?.startsWith('ua-'),
  (path) => path.endsWith('/interface/actual'),
  (path, node) =>
    /^\/domain\/seclabel\/(label|imagelabel)$/.test(path) &&
    (attributeOf(node.parent ?? node, 'type') ?? 'dynamic') === 'dynamic',
  (path, node) => /\/(serial|console|channel)\/source$/.test(path) && isPty(node.parent),
];

/** Attributes of a running machine. */
const DROPPED_ATTRIBUTES: readonly RegExp[] = [
  /^\/domain\/@id$/,
  /\/console\/@tty$/,
  /\/disk\/source\/@index$/,
  /\/channel\/target\/@state$/,
];

const bytes = (amount: string, unit: string | undefined): string =>
  String(Number(amount) * (UNITS[unit ?? 'KiB'] ?? Number.NaN));

function attributesOf(node: XmlElement, path: string): [string, string][] {
  const kept = node.attributes.filter(({ name }) => !DROPPED_ATTRIBUTES.some((drop) => drop.test(`${path}/@${name}`)));
  const amount = IN_ATTRIBUTE[path];
  const plain = kept.filter(({ name }) => !(name === 'unit' && (amount !== undefined || IN_TEXT.includes(path))));
  return plain.map(({ name, value }) => {
    if (name === amount) return [name, bytes(value, attributeOf(node, 'unit'))];
    const isNumber = /\/address$/.test(path) && /^(0x[0-9a-f]+|[0-9]+)$/i.test(value);
    return [name, isNumber ? String(Number(value)) : value];
  });
}

export function infoset(node: XmlElement, above = ''): Infoset {
  const path = `${above}/${node.name}`;
  if (path === '/domain/metadata') return { name: node.name, attributes: {}, text: exact(node), children: {} };
  const children = childElements(node).filter((child) => !DROPPED.some((drop) => drop(`${path}/${child.name}`, child)));
  const names = [...new Set(children.map(({ name }) => name))].sort();
  const blank = !BLANK_COUNTS.includes(node.name) && isBlank(textOf(node));
  const text = childElements(node).length > 0 || blank ? textOf(node).trim() : textOf(node);
  return {
    name: node.name,
    attributes: Object.fromEntries(attributesOf(node, path).sort(([a], [b]) => (a < b ? -1 : 1))),
    text: IN_TEXT.includes(path) ? bytes(text, attributeOf(node, 'unit')) : text,
    children: Object.fromEntries(
      names.map((name) => [name, children.filter((one) => one.name === name).map((one) => infoset(one, path))]),
    ),
  };
}

/** An element with all of its white space. */
const exact = (node: XmlElement): string =>
  JSON.stringify([
    node.name,
    node.attributes.map(({ name, value }) => [name, value]),
    node.content.map((item) => (isElement(item) ? exact(item) : item)),
  ]);
