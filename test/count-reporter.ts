import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const COUNT_FILE = join(import.meta.dirname, '..', '.cache', 'test-count');

type State = 'passed' | 'failed' | 'skipped' | 'pending';

/** A file that could not even be loaded ran none of its tests: it counts as one failure. */
const statesOf = (module: TestModule): State[] => {
  const states = [...module.children.allTests()].map((test): State => test.result().state);
  return module.errors().length > 0 ? [...states, 'failed'] : states;
};

const flakyOf = (module: TestModule): string[] =>
  [...module.children.allTests()]
    .filter((test) => test.diagnostic()?.flaky)
    .map((test) => `passed only when tried again: ${module.relativeModuleId} > ${test.fullName}`);

/**
 * Writes the closing line of a run, `N passed, N failed[, N skipped]`, for scripts/test.sh to print last,
 * and names what passed only when tried again: each is a fault to be found, of the test or of what it tests.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    for (const line of modules.flatMap(flakyOf)) console.warn(line);
    const states = modules.flatMap(statesOf);
    const count = (state: State) => states.filter((it) => it === state).length;
    const skipped = count('skipped') + count('pending');
    const line = `${count('passed')} passed, ${count('failed') + unhandled.length} failed`;
    mkdirSync(join(COUNT_FILE, '..'), { recursive: true });
    writeFileSync(COUNT_FILE, `${line}${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  }
}
