import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EMBEDDED_ONLY, onBoth, QUICK } from '../e2e/on-both.ts';

const ROOT = join(import.meta.dirname, '../..');
/** By what a test starts what it is about: either has a real control plane to offer as well. */
const STARTS = /\bstartExecutor\(|\.up\(\)/;
/** What only the embedded API has: its socket, its kubeconfig in the home, the flag that starts it. */
const EMBEDDED = /api\/(api\.sock|kubeconfig)|--standalone/;

test.each(onBoth(true))('%s can run on a control plane, or is an exception with its reason', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  expect(text).toMatch(STARTS);
  expect(text).not.toMatch(EMBEDDED);
});

test('exceptions and quick ones are files that are there', () => {
  for (const name of [...Object.keys(EMBEDDED_ONLY), ...QUICK]) {
    expect(existsSync(join(ROOT, `test/e2e/${name}.test.ts`)), name).toBe(true);
  }
  expect(onBoth(false)).toEqual(QUICK.map((name) => `test/e2e/${name}.test.ts`));
});
