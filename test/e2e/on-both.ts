import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By what a test starts what it is about: either has a real control plane to offer as well. */
const STARTS = /\bstartExecutor\(|\.up\(\)/;
/** What only the embedded API has: its socket, its kubeconfig in the home, the flag that starts it, the verb that does. */
const EMBEDDED = /api\/(api\.sock|kubeconfig)|--standalone|'(up|down)'/;

/** The end-to-end tests that run on a real control plane too: all that do not start the embedded API for its own sake. */
export function onBoth(): string[] {
  const folder = import.meta.dirname;
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const texts = names.map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
  const chosen = texts.filter(([, text]) => STARTS.test(text) && !EMBEDDED.test(text));
  return chosen.map(([name]) => `test/e2e/${name}`);
}
