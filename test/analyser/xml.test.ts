import { expect, test } from 'vitest';
import { analyse, XmlError } from '../../analyser/index.ts';
import { decodeXml } from '../../analyser/xml/decode.ts';
import { attributeOf, childElements, textOf } from '../../analyser/xml/infoset.ts';
import { LIMITS, parseXml } from '../../analyser/xml/parse.ts';
import { printExactly } from '../../analyser/xml/print.ts';

const thrown = (act: () => unknown): XmlError => {
  try {
    act();
  } catch (error) {
    if (error instanceof XmlError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

const LAUGHS = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');

/** What it is, the text, what the message says, and where. */
const REFUSED: readonly (readonly [string, string, RegExp, number, number?])[] = [
  ['nothing', '', /root element/, 1],
  ['plain text', 'hello', /outside of root/, 1],
  ['JSON', '{"kind": "VirtualMachine"}', /outside of root/, 1],
  ['an element that is not closed', '<domain>\n<name>x</name>', /unclosed tag: domain/, 2],
  ['the wrong end tag', '<a>\n  <b></a>', /unexpected close tag/, 2],
  ['two roots', '<a/>\n<b/>', /only one root/, 2],
  [
    'an external entity',
    '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<domain><name>&e;</name></domain>',
    /DOCTYPE/,
    1,
  ],
  ['a parameter entity', '<!DOCTYPE d [<!ENTITY % e SYSTEM "http://127.0.0.1/x">%e;]><domain/>', /DOCTYPE/, 1],
  ['a remote DTD', '<!DOCTYPE d SYSTEM "http://127.0.0.1/x.dtd"><domain/>', /DOCTYPE/, 1],
  ['a billion laughs', `<!DOCTYPE l [<!ENTITY l0 "ha">${LAUGHS}]><domain><name>&l10;</name></domain>`, /DOCTYPE/, 1],
  ['an unknown entity', '<domain>\n<name>&nbsp;</name></domain>', /undefined entity/, 2],
  ['an attribute given twice', '<domain>\n <disk type="file" type="block"/></domain>', /duplicate attribute: type/, 2],
  ['an attribute without quotes', '<domain type=kvm/>', /unquoted/, 1],
  ['NUL', '<domain>\n<name>a\0b</name></domain>', /disallowed character/, 2],
  ['a reference to NUL', '<domain><name>a&#0;b</name></domain>', /character entity/, 1],
  ['half a surrogate pair', '<domain><name>\ud800</name></domain>', /surrogate/, 1],
  ['< in an attribute', '<domain type="<"/>', /disallowed character/, 1],
  ['XML 1.1', '<?xml version="1.1"?><domain/>', /XML 1.1/, 1],
  ['an encoding that is not UTF-8', '<?xml version="1.0" encoding="ISO-8859-1"?><domain/>', /ISO-8859-1/, 1],
  ['a processing instruction', '<domain>\n<?php x?></domain>', /processing instruction \(php\)/, 2],
  [
    'a prefix that is not declared',
    '<domain>\n<qemu:commandline/></domain>',
    /prefix qemu of qemu:commandline is not/,
    2,
  ],
  ['a declaration that is not first', '\n<?xml version="1.0"?><domain/>', /declaration/, 2],
];

for (const [what, xml, message, line] of REFUSED) {
  test(`${what} is refused with its line`, () => {
    const error = thrown(() => analyse(xml));
    expect(error.message).toMatch(message);
    expect(error.line).toBe(line);
    expect(error.column).toBeGreaterThanOrEqual(1);
  });
}

test('the message names the file', () => {
  expect(thrown(() => analyse('<a>\n</b>', { source: 'web.xml' })).message).toMatch(/^web\.xml:2:\d+: /);
});

const BYTES: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['UTF-16 with a mark', Buffer.from('\ufeff<domain/>', 'utf16le'), /UTF-16/],
  ['UTF-16 without one', Buffer.from('<domain/>', 'utf16le'), /UTF-16/],
  ['Latin-1', Buffer.from('<domain>\n<name>caf\u00e9</name></domain>', 'latin1'), /not UTF-8/],
  ['bytes that are no text', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0xff]), /not UTF-8/],
];

for (const [what, bytes, message] of BYTES) {
  test(`${what} is refused`, () => expect(thrown(() => decodeXml(bytes)).message).toMatch(message));
}

test('the place of a byte that is not UTF-8 is told', () => {
  const error = thrown(() => decodeXml(Buffer.from('<domain>\n<name>caf\u00e9</name></domain>', 'latin1')));
  expect([error.line, error.column]).toEqual([2, 10]);
});

test('a mark of UTF-8 at the start is no part of the text', () => {
  expect(parseXml(decodeXml(Buffer.from('\ufeff<a/>', 'utf8'))).name).toBe('a');
});

test('200 MB are refused before they are read', () => {
  const huge = `<domain>${' '.repeat(200 * 1024 * 1024)}</domain>`;
  expect(thrown(() => analyse(huge)).message).toMatch(/longer than/);
});

test('10,000 nested elements are refused', () => {
  const deep = `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`;
  expect(thrown(() => analyse(deep)).message).toMatch(/nested deeper than 64/);
});

test('more elements than any machine has are refused', () => {
  const many = `<domain>${'<a/>'.repeat(LIMITS.nodes)}</domain>`;
  expect(thrown(() => analyse(many)).message).toMatch(/more than 50000/);
});

test('values are what the document means, to the letter', () => {
  const node = parseXml(`<a b='x&#10;y&#9;&quot; &lt;@$' c="1\n2\t3"> t&#13;\r\n<![CDATA[<&]]>&amp;lt;</a>`);
  expect(attributeOf(node, 'b')).toBe('x\ny\t" <@$');
  expect(attributeOf(node, 'c')).toBe('1 2 3');
  expect(textOf(node)).toBe(' t\r\n<&&lt;');
});

test('names that are special to JavaScript are names like any other', () => {
  const node = parseXml('<__proto__ constructor="1" __proto__="2"><hasOwnProperty/><text/></__proto__>');
  expect(node.name).toBe('__proto__');
  expect(node.attributes.map(({ name, value }) => [name, value])).toEqual([
    ['constructor', '1'],
    ['__proto__', '2'],
  ]);
  expect(childElements(node).map(({ name }) => name)).toEqual(['hasOwnProperty', 'text']);
});

test('what is printed reads the same', () => {
  const xml = `<a b='&amp;&#10;&#9;&apos;"'>\r\n&#13; <c/>&lt;x&gt; ]]&gt;<d e=""/> 😀</a>`;
  const node = parseXml(xml);
  expect(printExactly(parseXml(printExactly(node)))).toBe(printExactly(node));
  expect(textOf(parseXml(printExactly(node)))).toBe(textOf(node));
});
