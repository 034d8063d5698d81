import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportDomain } from '../../analyser/export.ts';
import {
  type Analysis,
  AnalysisError,
  analyse,
  type ImportOptions,
  type Leaf,
  type Manifest,
  XmlError,
} from '../../analyser/index.ts';
import { leavesOf } from '../../analyser/xml/leaves.ts';
import { parseXml } from '../../analyser/xml/parse.ts';
import { FIXTURES, samples } from './corpus.ts';
import { infoset } from './infoset.ts';
import { damaged, mutated } from './mutations.ts';

const documents = samples(FIXTURES).map(({ xml }) => xml);

/** An analysis, or the report of a refusal; anything else that is thrown is a bug. */
function outcome(xml: string, options?: ImportOptions): Analysis | readonly Leaf[] | XmlError {
  try {
    return analyse(xml, options);
  } catch (error) {
    if (error instanceof AnalysisError) return error.report;
    if (error instanceof XmlError) return error;
    throw error;
  }
}

/** Every leaf is told of, and what was accepted comes back whole. */
function holds(xml: string, options?: ImportOptions): void {
  const result = outcome(xml, options);
  if (result instanceof XmlError) return;
  const report = 'report' in result ? result.report : result;
  const told = new Set(report.map(({ xpath }) => xpath));
  for (const { xpath } of leavesOf(parseXml(xml))) expect(told).toContain(xpath);
  if (!('report' in result)) return;
  expect(report.filter((leaf) => leaf.outcome === 'refused')).toEqual([]);
  const machine = result.objects[0] as Manifest<'VirtualMachine'>;
  expect(infoset(parseXml(exportDomain(machine, result.objects)))).toEqual(infoset(parseXml(xml)));
}

test('whatever is changed in a machine, nothing crashes and nothing is lost in silence', () => {
  fc.assert(
    fc.property(mutated(documents), (xml) => holds(xml)),
    { numRuns: 1000 },
  );
});

test('nor when what is not supported is kept', () => {
  fc.assert(
    fc.property(mutated(documents), (xml) => holds(xml, { keepUnsupported: true })),
    { numRuns: 1000 },
  );
});

test('damaged bytes are refused or read, and never crash', () => {
  fc.assert(
    fc.property(damaged(documents), (xml) => holds(xml)),
    { numRuns: 1000 },
  );
});

test('any text at all is refused as no XML or no machine', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (xml) => {
      expect(outcome(xml)).not.toHaveProperty('objects');
    }),
  );
});
