import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

/** The rule is tried on a house of one-line files that has our rooms. */
let house: string;
beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'vmctl-imports-'));
  copyFileSync(join(ROOT, 'biome.json'), join(house, 'biome.json'));
});
afterAll(() => rmSync(house, { recursive: true, force: true }));

function lint(file: string, imported: string): string {
  const path = join(house, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `import { a } from '${imported}';\n\nconsole.log(a);\n`);
  try {
    execFileSync(process.execPath, [BIOME, 'lint', file], { cwd: house, encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    return String((error as { stderr: string }).stderr);
  }
}

describe('the directions of imports', () => {
  it.each([
    ['schemas/a.ts', '../executor/settings.ts'],
    ['schemas/kinds/a.ts', '../../cli/base.ts'],
    ['analyser/a.ts', '../executor/qemu/argv.ts'],
    ['executor/kinds/a.ts', '../../analyser/index.ts'],
    ['executor/a.ts', '../cli/base.ts'],
    ['cli/a.ts', '../executor/host/index.ts'],
    ['cli/a.ts', '../executor/qemu/process/index.ts'],
  ])('%s may not import %s', (file, imported) => {
    expect(lint(file, imported)).toContain('noRestrictedImports');
  });

  it.each([
    ['cli/a.ts', '../executor/qemu/argv.ts'],
    ['cli/a.ts', '../analyser/index.ts'],
    ['executor/a.ts', '../schemas/home.ts'],
    ['analyser/a.ts', '../schemas/crd.ts'],
  ])('%s may import %s', (file, imported) => {
    expect(lint(file, imported)).toBe('');
  });
});
