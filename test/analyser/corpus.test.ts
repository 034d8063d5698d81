import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contradictions } from '../../analyser/checks/index.ts';
import { exportDomain } from '../../analyser/export.ts';
import { type Analysis, AnalysisError, analyse, type Manifest } from '../../analyser/index.ts';
import { leavesOf } from '../../analyser/xml/leaves.ts';
import { parseXml } from '../../analyser/xml/parse.ts';
import { CORPUS, samples } from './corpus.ts';
import { infoset } from './infoset.ts';

/** What virt-install and `virsh dumpxml` print, as far as the language can say it; the others name what it cannot. */
const ACCEPTED_OF_REAL = 16;

/** Devices of the host in them, which only a person can map. */
const networks = { eth0: 'lan', tap9: 'lab' };

const real = samples(join(CORPUS, 'real'));
const all = ['domain', 'domain-invalid', 'real'].flatMap((folder) => samples(join(CORPUS, folder)));
const absent = all.length === 0;
if (absent) console.log(`skipped: ${CORPUS} is not there`);

const accepted = (xml: string): Analysis | undefined => {
  try {
    return analyse(xml, { networks });
  } catch (error) {
    if (error instanceof AnalysisError) return undefined;
    throw error;
  }
};

test.skipIf(absent)('real machines are taken over', () => {
  const taken = real.filter(({ xml }) => accepted(xml) !== undefined);
  expect(taken.length).toBeGreaterThanOrEqual(ACCEPTED_OF_REAL);
});

test.skipIf(absent)('what is accepted of libvirt’s own tests comes back as it was', () => {
  for (const { name, xml } of all) {
    const analysis = accepted(xml);
    if (!analysis) continue;
    const machine = analysis.objects[0] as Manifest<'VirtualMachine'>;
    expect(infoset(parseXml(exportDomain(machine, analysis.objects))), name).toEqual(infoset(parseXml(xml)));
  }
});

test.skipIf(absent)('no machine that libvirt accepts is said to contradict itself', () => {
  for (const { name, xml } of [...samples(join(CORPUS, 'domain')), ...real]) {
    expect(contradictions(parseXml(xml)), name).toEqual([]);
  }
});

test.skipIf(absent)('what is refused is told with every leaf', () => {
  for (const { name, xml } of all) {
    try {
      analyse(xml);
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      const told = new Set(error.report.map(({ xpath }) => xpath));
      const missing = leavesOf(parseXml(xml)).filter(({ xpath }) => !told.has(xpath));
      expect(missing, name).toEqual([]);
      expect(error.refused.length, name).toBeGreaterThan(0);
    }
  }
});
