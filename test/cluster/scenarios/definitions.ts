import type { Answer } from '../answer.ts';
import type { Scenarios, Session } from '../scenario.ts';

const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
type Schema = Record<string, unknown>;

/** A CRD of the group `NAME.example.com`. */
function definition(name: string, spec: Schema, version: Schema = {}, top: Schema = {}): Schema {
  const openAPIV3Schema = { type: 'object', properties: { spec } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${name}.example.com` },
    spec: {
      group: `${name}.example.com`,
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, ...version }],
      ...top,
    },
  };
}

const object = (properties: Schema, more: Schema = {}): Schema => ({ type: 'object', properties, ...more });
const rule = (text: string, more: Schema = {}): Schema => ({ 'x-kubernetes-validations': [{ rule: text, ...more }] });
const text = (more: Schema = {}): Schema => ({ type: 'string', maxLength: 20, ...more });
const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more });

const wrongSchemas: Readonly<Record<string, Schema>> = {
  'no type': object({ a: {} }),
  'no items': object({ a: { type: 'array' } }),
  reference: object({ a: { $ref: '#/definitions/a' } }),
  'properties and additional ones': object({}, { additionalProperties: { type: 'string' } }),
  'type inside not': object({ a: { type: 'string', not: { type: 'integer' } } }),
  'unique items': object({ a: list(text(), { uniqueItems: true }) }),
  'default of a wrong type': object({ a: { type: 'string', default: 5 } }),
  'default out of bounds': object({ a: { type: 'integer', minimum: 5, default: 1 } }),
  'default with unknown fields': object({ a: object({ b: text() }, { default: { c: 1 } }) }),
  'list map without keys': object({ a: list(object({ n: text() }), { 'x-kubernetes-list-type': 'map' }) }),
  'list map of optional keys': object({
    a: list(object({ n: text() }), { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['n'] }),
  }),
  'list type of a text': object({ a: text({ 'x-kubernetes-list-type': 'set' }) }),
  'unknown list type': object({ a: list(text(), { 'x-kubernetes-list-type': 'bag' }) }),
  'unknown map type': object({ a: object({}, { 'x-kubernetes-map-type': 'odd' }) }),
  'bad pattern': object({ a: text({ pattern: '(' }) }),
  'int or string with a type': object({ a: { type: 'string', 'x-kubernetes-int-or-string': true } }),
  'bad enum': object({ a: { type: 'string', enum: [1] } }),
  'rule that does not parse': object({ a: text(rule('self ==')) }),
  'rule that is no bool': object({ a: text(rule('self')) }),
  'rule of unknown names': object({ a: text(rule('that == self')) }),
  'rule of unknown fields': object({ a: object({ b: text() }, rule('self.c == 1')) }),
  'rule of wrong types': object({ a: text(rule('self > 5')) }),
  'empty rule': object({ a: text(rule('')) }),
  'rule with a blank message': object({ a: text(rule('true', { message: ' ' })) }),
  'rule with a newline': object({ a: text(rule('self ==\n"a"')) }),
  'rule with a bad reason': object({ a: text(rule('true', { reason: 'Odd' })) }),
  'rule with a bad path': object({ a: object({ b: text() }, rule('true', { fieldPath: '.c' })) }),
  'message expression that is no text': object({ a: text(rule('true', { messageExpression: '5' })) }),
  'old self in an unkeyed list': object({ a: list(text(rule('self == oldSelf')), { maxItems: 5 }) }),
};

const wrongVersions: Readonly<Record<string, [Schema, Schema?]>> = {
  'no schema': [{ schema: undefined }],
  'not stored': [{ storage: false }],
  'bad version name': [{ name: 'V1' }],
  'column without a path': [{ additionalPrinterColumns: [{ name: 'A', type: 'string' }] }],
  'column of an odd type': [{ additionalPrinterColumns: [{ name: 'A', type: 'odd', jsonPath: '.spec.a' }] }],
  'column of a bad path': [{ additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: 'spec.a[' }] }],
  'selectable field that is not there': [{ selectableFields: [{ jsonPath: '.spec.b' }] }],
  'selectable field given twice': [{ selectableFields: [{ jsonPath: '.spec.a' }, { jsonPath: '.spec.a' }] }],
  'scale without paths': [{ subresources: { scale: {} } }],
  'other group': [{}, { group: 'elsewhere.example.com' }],
  'bad scope': [{}, { scope: 'Global' }],
  'bad names': [{}, { names: { plural: 'Things', kind: 'thing!' } }],
  'names that are not those of the object': [{}, { names: { plural: 'others', kind: 'Thing' } }],
  'two stored versions': [
    {},
    {
      versions: ['v1', 'v2'].map((name) => ({
        name,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object' } },
      })),
    },
  ],
};

const create = (session: Session, step: string, body: unknown): Promise<Answer> =>
  session.send(step, { method: 'POST', path: `${PATH}?dryRun=All`, body });

/** What a definition of a kind may be. */
export const definitions: Scenarios = {
  'wrong schemas': async (session) => {
    for (const [step, schema] of Object.entries(wrongSchemas)) await create(session, step, definition('wrong', schema));
  },

  'wrong versions and names': async (session) => {
    const spec = object({ a: text() });
    for (const [step, [version, top]] of Object.entries(wrongVersions)) {
      await create(session, step, definition('wrong', spec, version, top));
    }
  },

  'rules that cost too much': async (session) => {
    const items = object({ a: { type: 'string' } });
    const costly = 'self.all(x, self.all(y, x.a.contains(y.a)))';
    await create(
      session,
      'bounded',
      definition('costly', object({ l: list(object({ a: text() }), { maxItems: 10, ...rule(costly) }) })),
    );
    await create(session, 'unbounded', definition('costly', object({ l: list(items, rule(costly)) })));
  },
};
