import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { checkCrd, compile, resourcesOf } from '../../../executor/apiserver/schema/index.ts';
import type { KubeObject } from '../../../executor/apiserver/types.ts';

const yamls = new URL('../../../yamls/', import.meta.url);
const read = (name: string): KubeObject[] =>
  parseAllDocuments(readFileSync(new URL(name, yamls), 'utf8')).map((document) => document.toJS());

const crds = read('crds.yaml');
const resources = crds.flatMap(resourcesOf);
const compiled = new Map(resources.map(({ kind, schema }) => [kind, compile(schema)]));
const examples = readdirSync(new URL('examples/', yamls)).flatMap((file) =>
  read(`examples/${file}`).map((object) => ({ file, object })),
);

test.each(crds.map((crd) => ({ name: crd.metadata.name, crd })))('$name is accepted', ({ crd }) => {
  expect(checkCrd(crd)).toEqual([]);
});

describe('the examples are valid, have no unknown field, and defaulting them again changes nothing', () => {
  const ours = examples.filter(({ object }) => compiled.has(object.kind));
  test.each(ours)('$file: $object.kind $object.metadata.name', ({ object }) => {
    const schema = compiled.get(object.kind);
    expect(schema?.prune(object)).toEqual([]);
    schema?.default(object);
    expect(schema?.validate(object)).toEqual([]);
    const again = structuredClone(object);
    schema?.default(again);
    expect(again).toEqual(object);
  });
});

test('a machine is judged far more often in a second than anybody asks', () => {
  const machine = examples.find(({ object }) => object.kind === 'VirtualMachine')?.object;
  const schema = compiled.get('VirtualMachine');
  const judge = () => {
    const object = structuredClone(machine) as object;
    schema?.prune(object);
    schema?.default(object);
    return schema?.validate(object).length;
  };
  // Counted in rules run and values visited it is cheap; the bound here only notices a change of order.
  const rounds = 2000;
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) judge();
  const { user } = process.cpuUsage(start);
  expect(user / 1000 / rounds).toBeLessThan(5);
});
