import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { manifest } from './build/manifest.ts';
import { commandReference } from './command-docs.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = 'docs/reference/commands.md';

async function main(check: boolean): Promise<number> {
  const text = commandReference(await manifest(ROOT, ''));
  const file = join(ROOT, PAGE);
  if ((await readFile(file, 'utf8').catch(() => '')) === text) return 0;
  if (check) {
    console.error(`${PAGE} is not what the commands say; run: npm run generate`);
    return 1;
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  console.log(`wrote ${PAGE}`);
  return 0;
}

process.exitCode = await main(process.argv.includes('--check'));
