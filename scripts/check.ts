import { join } from 'node:path';
import { execaSync } from 'execa';

/** What `npm run check` runs, and the tests as well: each exits with 0 or says what is wrong. */
export const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['node_modules/typescript/bin/tsc', '-p', '.'],
  'types of the web page': ['node_modules/typescript/bin/tsc', '-p', 'cli/web'],
  lint: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
  generated: ['schemas/generate.ts', '--check'],
  commands: ['scripts/generate-commands.ts', '--check'],
};

const ROOT = join(import.meta.dirname, '..');

/** Runs one check on this Node. @throws with its output when it fails. */
export function runCheck(args: readonly string[]): string {
  const how = execaSync(process.execPath, args, { cwd: ROOT, stdin: 'ignore', all: true, reject: false });
  if (how.failed) throw new Error(`${args.join(' ')} failed:\n${how.all}`, { cause: how });
  return how.stdout;
}

if (import.meta.main) {
  for (const [name, args] of Object.entries(checks)) {
    console.log(`${name}: ${args.join(' ')}`);
    try {
      runCheck(args);
    } catch (error) {
      console.error((error as Error).message);
      process.exitCode = 1;
    }
  }
}
