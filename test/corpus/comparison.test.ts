import { expect, test } from 'vitest';
import { factsOf } from '../../scripts/corpus/argv/canonical.ts';
import { compare, isSame, reasonsOf } from '../../scripts/corpus/argv/compare.ts';
import { contextOf } from '../../scripts/corpus/argv/context.ts';
import { testComparison } from '../../scripts/corpus/argv/mutate.ts';
import { argumentsOf, shellWords } from '../../scripts/corpus/argv/words.ts';
import { samplesIn } from '../../scripts/corpus/files.ts';
import { difference } from '../../scripts/corpus/xml/infoset.ts';
import { testInfoset } from '../../scripts/corpus/xml/mutate.ts';
import { parse } from '../../scripts/corpus/xml/node.ts';
import { CORPUS } from '../analyser/corpus.ts';
import { AGAIN, ARGS, DOMAIN } from './machine.ts';

/** Of the changes that are made, those that a comparison must see. A comparison that cannot fail shows nothing. */
const SEEN = 0.98;

const context = contextOf(parse(DOMAIN));
const args = argumentsOf(shellWords(ARGS));

test('the words of a shell line are read, environment and binary left out', () => {
  expect(args.slice(0, 4)).toEqual(['-name', 'guest=web,debug-threads=on', '-S', '-object']);
  expect(args).toContain('{"qom-type":"iothread","id":"iothread1"}');
});

test('one machine in other words is the same machine', () => {
  const [wanted, got] = [factsOf(args, context), factsOf(AGAIN, context)];
  expect(compare(wanted, got, 'strict')).toEqual({ missing: [], extra: [] });
});

test('a device in another place is the same loosely, not strictly', () => {
  const moved = AGAIN.map((word) => word.replace('bus=pcie.0,addr=0x2', 'bus=pcie.0,addr=0x3'));
  const [wanted, got] = [factsOf(args, context), factsOf(moved, context)];
  expect(isSame(compare(wanted, got, 'loose'))).toBe(true);
  expect(compare(wanted, got, 'strict').missing).toHaveLength(1);
});

test('what differs is told in words that can be counted', () => {
  const other = AGAIN.map((word) => word.replace('cache":{"direct":true}', 'aio":"native"'));
  expect(reasonsOf(compare(factsOf(args, context), factsOf(other, context), 'strict'))).toEqual([
    '-device driver=virtio-blk-pci: lacks drive.file.cache.direct=on',
    '-device driver=virtio-blk-pci: has drive.file.aio=native',
  ]);
});

test('changes of a command line are seen', () => {
  const { made, unseen } = testComparison(args, context);
  expect(made).toBeGreaterThan(100);
  expect(1 - unseen.length / made, unseen.join('; ')).toBeGreaterThanOrEqual(SEEN);
});

test('changes of a document are seen', () => {
  const { made, unseen } = testInfoset(parse(DOMAIN));
  expect(made).toBeGreaterThan(50);
  expect(1 - unseen.length / made, unseen.join('; ')).toBeGreaterThanOrEqual(SEEN);
});

test('order of attributes, units, numbers of addresses and comments are no difference', () => {
  const one = "<domain id='3'><memory>1024</memory><a x='1' y='2'/><address bus='0x0a'/><b> <!-- c --> </b></domain>";
  const other = "<domain><memory unit='MiB'>1</memory><a y='2' x='1'/><address bus='10'/><b/></domain>";
  expect(difference(parse(one), parse(other))).toEqual({ lost: [], added: [] });
});

const samples = samplesIn(`${CORPUS}/domain`).filter((one) => one.args !== undefined);
if (samples.length === 0) console.log(`skipped: ${CORPUS} is not there`);

test.skipIf(samples.length === 0)('changes of libvirt’s own lines are seen', () => {
  // Every tenth: all of them take fifteen seconds, and `npm run corpus -- FOLDER --mutate` does that.
  const counts = samples
    .filter((_, index) => index % 10 === 0)
    .map((one) => testComparison(argumentsOf(shellWords(one.args ?? '')), contextOf(parse(one.xml))));
  const made = counts.reduce((sum, one) => sum + one.made, 0);
  const unseen = counts.reduce((sum, one) => sum + one.unseen.length, 0);
  expect(1 - unseen / made).toBeGreaterThanOrEqual(SEEN);
});
