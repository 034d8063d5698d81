import fc from 'fast-check';
import { expect, test } from 'vitest';
import { goJson } from '../../executor/apiserver/go-json.ts';
import { duplicateKeys } from '../../executor/apiserver/http/duplicates.ts';
import { parseAccept } from '../../executor/apiserver/http/negotiate.ts';
import { requestInfo } from '../../executor/apiserver/http/request-info.ts';
import { decodeProtobuf } from '../../executor/apiserver/protobuf/decode.ts';
import { parseFieldSelector } from '../../executor/apiserver/selectors/fields.ts';
import { labelSelector } from '../../executor/apiserver/selectors/labels.ts';

const none = { group: '', version: 'v1', namespace: '', name: '', subresource: '', rest: '' };
test.each<[path: string, info: object | undefined]>([
  ['/api/v1/namespaces', { ...none, plural: 'namespaces' }],
  ['/api/v1/namespaces/a', { ...none, plural: 'namespaces', name: 'a' }],
  ['/api/v1/namespaces/a/status', { ...none, plural: 'namespaces', name: 'a', subresource: 'status' }],
  ['/api/v1/namespaces/a/secrets/b', { ...none, namespace: 'a', plural: 'secrets', name: 'b' }],
  [
    '/apis/g.x/v2/things/a/status',
    { ...none, group: 'g.x', version: 'v2', plural: 'things', name: 'a', subresource: 'status' },
  ],
  ['/apis/g.x/v2/things/', { ...none, group: 'g.x', version: 'v2', plural: 'things' }],
  [
    '/api/v1/namespaces/a/things/b/c/d/e',
    { ...none, namespace: 'a', plural: 'things', name: 'b', subresource: 'c', rest: 'd/e' },
  ],
  ['/api/v1/things/a%2Fb', { ...none, plural: 'things', name: 'a/b' }],
  ['/api/v1/things/%zz', undefined],
  ['/api/v1//things', undefined],
  ['/api/v1', undefined],
  ['/other/v1/things', undefined],
])('%s names what it names', (path, info) => expect(requestInfo(path)).toEqual(info));

test.each<[text: string, paths: string[]]>([
  ['{"a":1,"a":2}', ['a']],
  ['{"a":{"b":[{"c":1},{"c":1,"c":2}]}}', ['a.b[1].c']],
  ['{"a":"\\"a\\":","b":{"a":1}}', []],
  ['{"a\\u0062":1,"ab":2}', ['ab']],
  ['[1,{"x":[],"y":{},"x":0}]', ['[1].x']],
])('%s repeats %j', (text, paths) => expect(duplicateKeys(text)).toEqual(paths));

test('JSON that was written from an object repeats no key', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => duplicateKeys(JSON.stringify(value, null, 1)).length === 0));
});

test.each<[selector: string, labels: Record<string, string>, matches: boolean]>([
  ['a in (x , y),b', { a: 'y', b: '' }, true],
  ['a notin (x)', {}, true],
  ['a!=x', {}, true],
  ['a=', { a: '' }, true],
  ['a in ()', { a: '' }, true],
  ['n>3', { n: '10' }, true],
  ['n<3', { n: '10' }, false],
  ['! a', { a: '1' }, false],
  ['example.com/a=x', { 'example.com/a': 'x' }, true],
])('label selector %s', (selector, labels, matches) => expect(labelSelector(selector)?.(labels)).toBe(matches));

test.each(['a=b=c', 'a in x', 'a in (b', '=x', 'a b', ',a=$', 'n>x'])('label selector %s is refused', (selector) => {
  expect(() => labelSelector(selector)).toThrow(/unable to parse requirement/);
});

test('field selectors keep what a backslash protects', () => {
  expect(parseFieldSelector('a.b=x\\,y,c!=z\\=,d==')).toEqual([
    { field: 'a.b', equal: true, value: 'x,y' },
    { field: 'c', equal: false, value: 'z=' },
    { field: 'd', equal: true, value: '' },
  ]);
  expect(() => parseFieldSelector('nonsense')).toThrow(/invalid selector/);
});

test('an Accept header is read in the order of its weights', () => {
  const types = parseAccept('text/html;q=0.1, application/json;as=Table;v=v1;g=meta.k8s.io , */*;q=0.5');
  expect(types.map(({ type }) => type)).toEqual(['application/json', '*/*', 'text/html']);
  expect(types[0]?.parameters).toEqual({ as: 'Table', v: 'v1', g: 'meta.k8s.io' });
});

test('JSON as Go writes it', () => {
  expect(goJson({ b: '<a & b>', a: { d: 1, c: [{ z: 0, y: null }] } })).toBe(
    '{"a":{"c":[{"y":null,"z":0}],"d":1},"b":"\\u003ca \\u0026 b\\u003e"}',
  );
});

/** The two kinds of field that Kubernetes uses. */
const field = (number: number, content: string | Buffer | number): Buffer => {
  if (typeof content === 'number') return Buffer.from([number << 3, content]);
  return Buffer.concat([Buffer.from([(number << 3) | 2, Buffer.byteLength(content)]), Buffer.from(content)]);
};
const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);
const envelope = (kind: string, body: Buffer): Buffer =>
  message(Buffer.from('k8s\0'), field(1, message(field(1, 'v1'), field(2, kind))), field(2, body));

test('protobuf becomes what the JSON would have been', () => {
  const labels = field(11, message(field(1, 'app'), field(2, 'web')));
  const created = field(8, message(field(1, 0x01)));
  const metadata = message(field(1, 's'), field(2, ''), labels, created, field(14, 'a/b'), field(14, 'c/d'));
  const data = field(2, message(field(1, 'key'), field(2, Buffer.from([1, 2, 255]))));
  expect(
    decodeProtobuf(envelope('Secret', message(field(1, metadata), data, field(3, 'Opaque'), field(5, 1)))),
  ).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's',
      labels: { app: 'web' },
      creationTimestamp: '1970-01-01T00:00:01Z',
      finalizers: ['a/b', 'c/d'],
    },
    data: { key: 'AQL/' },
    type: 'Opaque',
    immutable: true,
  });
});

test('protobuf that is cut, foreign or of another kind is refused, never guessed at', () => {
  expect(() => decodeProtobuf(Buffer.from('{"kind":"Secret"}'))).toThrow('not Kubernetes protobuf');
  expect(() => decodeProtobuf(envelope('Pod', Buffer.alloc(0)))).toThrow(
    'Pod in version "v1" is not accepted as protobuf',
  );
  expect(() => decodeProtobuf(envelope('Secret', field(9, 'x')))).toThrow('Secret has no protobuf field 9');
  const whole = envelope('Secret', field(3, 'Opaque'));
  for (let length = 5; length < whole.length; length++) {
    // Cut between two fields, a message is a shorter one; anywhere else it is an error, and always one of ours.
    try {
      decodeProtobuf(whole.subarray(0, length));
    } catch (error) {
      expect(error).toMatchObject({ code: 400 });
    }
  }
});
