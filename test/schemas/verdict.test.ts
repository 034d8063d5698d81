import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { compile } from '../../executor/apiserver/schema/index.ts';
import type { JsonSchema } from '../../executor/apiserver/types.ts';
import { objectSchema } from '../../schemas/crd.ts';
import { type Kind, kinds } from '../../schemas/kinds/index.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { mutations } from './mutations.ts';

type Document = KubeObject & { spec: Record<string, unknown> };

const EXAMPLES = join(import.meta.dirname, '..', '..', 'yamls', 'examples');

const documents = readdirSync(EXAMPLES).flatMap((file) =>
  parseAllDocuments(readFileSync(join(EXAMPLES, file), 'utf8')).map((document) => ({
    file,
    object: document.toJS() as Document,
  })),
);

/** What an example needs beside our own kinds. */
const others = documents.filter(({ object }) => !Object.hasOwn(kinds, object.kind));
const ours = documents.filter(({ object }) => Object.hasOwn(kinds, object.kind));

const compiled = Object.fromEntries(
  Object.entries(kinds).map(([kind, definition]) => [kind, compile(objectSchema(definition) as JsonSchema)]),
);

/** What the API server says of an object: the sentences of what is wrong. */
function crdErrors(object: Document): string[] {
  const copy = structuredClone(object);
  const schema = compiled[object.kind];
  schema?.default(copy);
  schema?.prune(copy);
  return (schema?.validate(copy) ?? []).map((error) => `${error.field}: ${error.message}`);
}

const zodErrors = (object: Document): string[] =>
  kinds[object.kind as Kind].spec
    .safeParse(object.spec)
    .error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];

describe('every example', () => {
  it('is of one of the six kinds, or a Secret of theirs, and each kind has one', () => {
    expect(others.map(({ object }) => object.kind).filter((kind) => kind !== 'Secret')).toEqual([]);
    expect(new Set(ours.map(({ object }) => object.kind))).toEqual(new Set(Object.keys(kinds)));
  });

  it.each(ours)('$file $object.kind $object.metadata.name is valid to zod and to the CRD', ({ object }) => {
    expect(zodErrors(object)).toEqual([]);
    expect(crdErrors(object)).toEqual([]);
  });
});

describe('zod and the CRD have one verdict', () => {
  it.each(ours)('on every mutation of $file $object.metadata.name', ({ object }) => {
    const disagreements = [...mutations(object.spec)].flatMap(({ path, value, spec }) => {
      const mutant = { ...object, spec };
      const [byZod, byCrd] = [zodErrors(mutant), crdErrors(mutant)];
      return (byZod.length === 0) === (byCrd.length === 0) ? [] : [{ path, value, byZod, byCrd }];
    });
    expect(disagreements).toEqual([]);
  });
});
