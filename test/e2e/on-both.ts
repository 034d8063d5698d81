import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The end-to-end tests that run on a real control plane too. */
export function onBoth(): string[] {
  const folder = import.meta.dirname;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => /\bstartExecutor\(/.test(readFileSync(join(folder, name), 'utf8')))
    .map((name) => `test/e2e/${name}`);
}
