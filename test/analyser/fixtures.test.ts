import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { exportDomain } from '../../analyser/export.ts';
import { analyse, type Manifest } from '../../analyser/index.ts';
import { leavesOf } from '../../analyser/xml/leaves.ts';
import { parseXml } from '../../analyser/xml/parse.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import { FIXTURES, samples } from './corpus.ts';
import { infoset } from './infoset.ts';

const fixtures = samples(FIXTURES);
const machineOf = (objects: readonly Manifest[]) => objects[0] as Manifest<'VirtualMachine'>;
const expected = (name: string): unknown[] =>
  parseAllDocuments(readFileSync(join(FIXTURES, name.replace(/xml$/, 'yaml')), 'utf8')).map((document) =>
    document.toJS(),
  );

test('there are fixtures', () => expect(fixtures.length).toBeGreaterThanOrEqual(9));

for (const { name, xml } of fixtures) {
  test(`${name} becomes the objects beside it`, () => {
    expect(JSON.parse(JSON.stringify(analyse(xml).objects))).toEqual(expected(name));
  });

  test(`${name} comes back from its objects as it was`, () => {
    const { objects } = analyse(xml);
    expect(infoset(parseXml(exportDomain(machineOf(objects), objects)))).toEqual(infoset(parseXml(xml)));
  });

  test(`${name} has every leaf in the report once`, () => {
    const { report } = analyse(xml);
    const leaves = leavesOf(parseXml(xml)).map(({ xpath, line, value }) => `${xpath} ${line} ${value}`);
    expect(report.map(({ xpath, line, value }) => `${xpath} ${line} ${value}`).sort()).toEqual(leaves.sort());
  });

  test(`${name} says where each leaf went, or why not`, () => {
    for (const { outcome, field, reason } of analyse(xml).report) {
      expect(outcome === 'imported' ? field : reason).toMatch(/\S/);
    }
  });

  test(`${name} makes objects that the language accepts`, () => {
    for (const { kind, spec } of analyse(xml).objects) expect(kinds[kind].spec.safeParse(spec).error).toBeUndefined();
  });
}
