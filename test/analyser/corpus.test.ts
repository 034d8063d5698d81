import { expect, test } from 'vitest';
import { countsOf, foldersOf, judgeDomains, OTHERS } from '../../scripts/corpus/score.ts';
import { CORPUS, samples } from './corpus.ts';

const absent = samples(CORPUS.concat('/domain')).length === 0;
if (absent) console.log(`skipped: ${CORPUS} is not there; set VMCTL_CORPUS to a folder with libvirt's tests`);

const folders = foldersOf(CORPUS);

/** What the analyser must reach of libvirt's own tests; `npm run corpus` prints what it does reach. */
test.skipIf(absent)('libvirt’s own machines are taken over, the same, and nothing is lost', () => {
  const counts = countsOf(judgeDomains(folders.domain, folders.invalid));
  const { files, valid, invalid, acceptedValid } = counts;
  expect(counts.cleanDecisions).toBe(files);
  expect(acceptedValid / valid).toBeGreaterThanOrEqual(0.6);
  expect(counts.lossless).toBe(acceptedValid);
  expect(counts.caughtInvalid / invalid).toBeGreaterThanOrEqual(0.6);
  expect(counts.validCalledInvalid).toBe(0);
  expect(counts.sameLoose / acceptedValid).toBeGreaterThanOrEqual(0.85);
  expect(counts.sameStrict / acceptedValid).toBeGreaterThanOrEqual(0.65);
});

test.skipIf(absent)('real machines are taken over, and nothing is lost', () => {
  const { valid, acceptedValid, lossless } = countsOf(judgeDomains(folders.real));
  expect(acceptedValid / valid).toBeGreaterThanOrEqual(0.95);
  expect(lossless).toBe(acceptedValid);
});

test.skipIf(absent)('networks, pools, volumes and snapshots are taken over, and nothing is lost', () => {
  const counts = countsOf(OTHERS.flatMap((kind) => judgeDomains(`${CORPUS}/${kind}`)));
  expect(counts.acceptedValid / counts.valid).toBeGreaterThanOrEqual(0.8);
  expect(counts.lossless).toBe(counts.acceptedValid);
});
