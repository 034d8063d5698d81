import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By what a test starts what it is about: either has a real control plane to offer as well. */
const STARTS = /\bstartExecutor\(|\.up\(\)/;
/** What only the embedded API has: its socket, its kubeconfig in the home, the flag that starts it, the verb that does. */
const EMBEDDED = /api\/(api\.sock|kubeconfig)|--standalone|'(up|down)'/;
/** One of each area, and quick: what `npm test` has time for. `npm run test:cluster` runs them all. */
const QUICK = [
  'cli-changes',
  'cli-disk',
  'cli-objects',
  'image-of-disk',
  'machine-console',
  'snapshot',
  'storage',
  'tuning',
];

/**
 * The end-to-end tests that run on a real control plane too: all that do not start the embedded API for its own sake.
 * @param everything whether the slow ones are wanted as well
 */
export function onBoth(everything: boolean): string[] {
  const folder = import.meta.dirname;
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const texts = names.map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
  const chosen = texts.filter(([, text]) => STARTS.test(text) && !EMBEDDED.test(text)).map(([name]) => name);
  const wanted = everything ? chosen : chosen.filter((name) => QUICK.includes(name.replace('.test.ts', '')));
  return wanted.map((name) => `test/e2e/${name}`);
}
