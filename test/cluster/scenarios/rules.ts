import { setTimeout as delay } from 'node:timers/promises';
import type { Scenarios, Session } from '../scenario.ts';

const GROUP = 'rules.example.com';
type Schema = Record<string, unknown>;

interface Case {
  readonly schema: Schema;
  readonly rule: string;
  readonly values: readonly unknown[];
  readonly more?: Schema;
}

const text: Schema = { type: 'string', maxLength: 40 };
const integer: Schema = { type: 'integer' };
const texts: Schema = { type: 'array', items: text, maxItems: 10 };
const integers: Schema = { type: 'array', items: integer, maxItems: 10 };

const of = (schema: Schema, rule: string, values: readonly unknown[], more: Schema = {}): Case => ({
  schema,
  rule,
  values,
  more,
});

/** Each rule stands on a field of its own; each value is given to that field alone. */
const cases: Readonly<Record<string, Case>> = {
  size: of(text, 'self.size() > 2', ['ab', 'abc', 'üöä']),
  matches: of(text, "self.matches('^a+$')", ['aaa', 'b']),
  find: of(text, "self.find('[0-9]+') == '12'", ['a12b', 'ab']),
  findall: of(text, "self.findAll('[0-9]', 2) == ['1', '2']", ['1a2b3', 'x']),
  split: of(text, "self.split(',').size() == 2", ['a,b', 'a']),
  join: of(texts, "self.join('-') == 'a-b'", [['a', 'b'], ['b']]),
  replace: of(text, "self.replace('a', 'b', 1) == 'ba'", ['aa', 'bb']),
  substring: of(text, "self.substring(1, 3) == 'bc'", ['abcd', 'xbcx', 'a']),
  trim: of(text, "self.trim() == 'a'", [' a ', 'b']),
  upper: of(text, "self.upperAscii() == 'AB' && self.lowerAscii() == 'ab'", ['aB', 'c']),
  indexof: of(text, "self.indexOf('b') == 1 && self.lastIndexOf('b') == 3", ['abab', 'b']),
  charat: of(text, "self.charAt(0) == 'a'", ['ab', 'b', '']),
  format: of(integer, "'%d'.format([self]) == '5'", [5, 6]),
  url: of(text, "isURL(self) && url(self).getHost() == 'a.dev:80'", ['http://a.dev:80/x', 'http://b', 'no']),
  ip: of(text, 'isIP(self) && ip(self).family() == 4', ['10.0.0.1', '::1', 'x']),
  cidr: of(text, "isCIDR(self) && cidr(self).containsIP('10.0.0.9')", ['10.0.0.0/24', '11.0.0.0/24', 'x']),
  quantity: of(text, "quantity(self).isGreaterThan(quantity('1Gi'))", ['2Gi', '1Mi', 'x']),
  isquantity: of(text, 'isQuantity(self)', ['1Gi', '1.5', 'x', '']),
  duration: of(text, "duration(self) > duration('1m')", ['2m', '1s', 'x']),
  date: of({ ...text, format: 'date-time' }, 'self.getFullYear() > 2000', [
    '2020-01-01T00:00:00Z',
    '1999-01-01T00:00:00Z',
  ]),
  durationformat: of({ ...text, format: 'duration' }, 'self.getSeconds() > 5', ['10s', '1s', 'x']),
  sorted: of(integers, 'self.isSorted()', [
    [1, 2],
    [2, 1],
  ]),
  sum: of(integers, 'self.sum() == 3 && self.min() == 1 && self.max() == 2', [[1, 2], [3], []]),
  all: of(integers, 'self.all(x, x > 0) && self.exists(x, x == 1) && self.exists_one(x, x == 2)', [
    [1, 2],
    [0],
    [1, 2, 2],
  ]),
  map: of(integers, 'self.map(x, x * 2).filter(x, x > 2) == [4]', [[1, 2], [3]]),
  mapif: of(integers, 'self.map(x, x > 1, x * 2) == [4]', [[1, 2], [3]]),
  sets: of(texts, "sets.contains(self, ['a']) && sets.intersects(self, ['b'])", [['a', 'b'], ['a']]),
  arithmetic: of(integer, 'self / 2 * 2 + self % 2 == self && -self < 1', [7, -3, 0]),
  divide: of(integer, '10 / self > 0', [5, 0]),
  ternary: of(integer, 'self > 5 ? self < 10 : self == 1', [7, 1, 3]),
  membership: of(text, "self in ['a', 'b']", ['a', 'c']),
  conversion: of(integer, "string(self) == '5' && int('5') == self && double(self) == 5.0", [5, 6]),
  types: of(integer, 'type(self) == int', [5]),
  message: of(text, "self == 'a'", ['b'], { messageExpression: "'not ' + self" }),
  'message-error': of(text, "self == 'a'", ['b'], { message: 'plain', messageExpression: "self + ['x'][5]" }),
  reason: of(text, "self == 'a'", ['b'], { reason: 'FieldValueForbidden', message: 'no' }),
  multiline: of(text, "self\n  == 'a'", ['b'], { message: 'must be a' }),
  escapes: of({ type: 'object', properties: { 'a-b': integer, in: integer } }, 'self.a__dash__b == self.__in__', [
    { 'a-b': 1, in: 1 },
    { 'a-b': 1, in: 2 },
  ]),
  has: of({ type: 'object', properties: { a: integer, b: integer } }, '!has(self.a) || has(self.b)', [
    { a: 1 },
    { a: 1, b: 2 },
    {},
  ]),
  optional: of({ type: 'object', properties: { a: integer } }, 'self.?a.orValue(5) > 4', [{}, { a: 1 }]),
  absent: of({ type: 'object', properties: { a: integer } }, 'self.a > 4', [{}, { a: 5 }]),
  entries: of(
    { type: 'object', additionalProperties: integer, maxProperties: 5 },
    "self.all(k, self[k] > 0) && 'a' in self",
    [{ a: 1 }, { b: 1 }, { a: 0 }],
  ),
  intorstring: of({ 'x-kubernetes-int-or-string': true }, 'type(self) == string ? self == "a" : self == 5', [
    'a',
    5,
    'b',
    6,
  ]),
  nullable: of({ ...text, nullable: true }, "self != 'a'", ['b', 'a', null]),
  byte: of({ ...text, format: 'byte' }, "self == b'abc'", ['YWJj', 'YQ==', '?']),
  named: of(text, '!format.dns1123Label().validate(self).hasValue()', ['ok', 'Not_Ok']),
};

const fieldOf = (name: string): string => name.replaceAll('-', '');

function definition(): Schema {
  const fields = Object.entries(cases).map(([name, { schema, rule, more }]) => [
    fieldOf(name),
    { ...schema, 'x-kubernetes-validations': [{ rule, ...more }] },
  ]);
  const spec = { type: 'object', properties: Object.fromEntries(fields) };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  };
}

async function untilServed(session: Session, path: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await session.ask({ path })).status === 200) return;
    await delay(100);
  }
  throw new Error(`${path} is not served`);
}

/** The functions that rules may call, by what they answer. */
export const rules: Scenarios = {
  'every function': async (session) => {
    await session.send('define', {
      method: 'POST',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All',
      body: definition(),
    });
    const made = await session.ask({
      method: 'POST',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      body: definition(),
    });
    const path = `/apis/${GROUP}/v1/namespaces/${session.namespace}/things`;
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    await untilServed(session, path);
    for (const [name, { values }] of Object.entries(cases)) {
      for (const value of values) {
        const body = {
          apiVersion: `${GROUP}/v1`,
          kind: 'Thing',
          metadata: { name: 'a' },
          spec: { [fieldOf(name)]: value },
        };
        await session.send(`${name} of ${JSON.stringify(value)}`, { method: 'POST', path: `${path}?dryRun=All`, body });
      }
    }
  },
};
