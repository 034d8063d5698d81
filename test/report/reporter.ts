import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { afterSecond, closingLine, type FileTally, failedFiles, flaky, type State, type Tally } from './tally.ts';

const CACHE = join(import.meta.dirname, '../../.cache');
const FIRST = join(CACHE, 'test-tally.json');
const COUNT = join(CACHE, 'test-count');
const AGAIN = join(CACHE, 'test-again');

/** What nobody waited for and failed, such as a promise; vitest says whose it was where it knows. */
type Unhandled = readonly { readonly message?: string; readonly VITEST_TEST_PATH?: string }[];

const tallyOf = (module: TestModule, isBroken: boolean): FileTally => ({
  ...{ project: module.project.name, path: module.relativeModuleId },
  tests: [
    ...[...module.children.allTests()].map((test) => [test.fullName, test.result().state] as const),
    ...(isBroken ? [['', 'failed' as State] as const] : []),
  ],
});

function count(modules: readonly TestModule[], unhandled: Unhandled): Tally {
  const paths = new Set(unhandled.map((error) => error.VITEST_TEST_PATH));
  const known = new Set(modules.map(({ moduleId }) => moduleId));
  return {
    files: modules.map((module) => tallyOf(module, module.errors().length > 0 || paths.has(module.moduleId))),
    loose: unhandled.filter((error) => !known.has(error.VITEST_TEST_PATH ?? '')).length,
  };
}

/**
 * Writes for scripts/test.sh the closing line of a run, which it prints last, and the arguments of a second run of what failed.
 * In that second run, VMCTL_TEST_AGAIN=1, the line is that of both, and what passed only then is named.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: Unhandled): void {
    const tally = count(modules, unhandled);
    mkdirSync(CACHE, { recursive: true });
    tell(process.env['VMCTL_TEST_AGAIN'] === '1' ? decide(tally) : tally);
  }
}

function decide(second: Tally): Tally {
  const first = JSON.parse(readFileSync(FIRST, 'utf8')) as Tally;
  const both = afterSecond(first, second);
  for (const line of flaky(first, both)) console.warn(line);
  return both;
}

function tell(tally: Tally): void {
  writeFileSync(FIRST, JSON.stringify(tally));
  writeFileSync(COUNT, `${closingLine(tally)}\n`);
  const failed = failedFiles(tally);
  const projects = [...new Set(failed.map(({ project }) => project))];
  const words = [...projects.flatMap((project) => ['--project', project]), ...failed.map(({ path }) => path)];
  if (words.length > 0) writeFileSync(AGAIN, `${words.join('\n')}\n`);
  else rmSync(AGAIN, { force: true });
}
