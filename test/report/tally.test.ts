import { describe, expect, it } from 'vitest';
import { afterSecond, closingLine, type FileTally, failedFiles, flaky, type State, type Tally } from './tally.ts';

const file = (path: string, tests: Record<string, State>, project = 'embedded'): FileTally => ({
  ...{ project, path },
  tests: Object.entries(tests),
});
const tally = (files: FileTally[], loose = 0): Tally => ({ files, loose });

const good = file('good.test.ts', { one: 'passed', two: 'skipped' });
const first = tally([good, file('bad.test.ts', { a: 'passed', b: 'failed' })]);
const bad = (tests: Record<string, State>) => tally([file('bad.test.ts', tests)]);

describe('the count of a run', () => {
  it('counts tests by what they came to, and what failed outside of all', () => {
    expect(closingLine(first)).toBe('2 passed, 1 failed, 1 skipped');
    expect(closingLine(tally([file('x.test.ts', { a: 'passed', b: 'pending' })], 2))).toBe(
      '1 passed, 2 failed, 1 skipped',
    );
    expect(closingLine(tally([file('x.test.ts', { a: 'passed' })]))).toBe('1 passed, 0 failed');
  });

  it('takes a second try for the first, whole, and names what only then passed', () => {
    const both = afterSecond(first, bad({ a: 'passed', b: 'passed' }));
    expect(closingLine(both)).toBe('3 passed, 0 failed, 1 skipped');
    expect(flaky(first, both)).toEqual(['passed only when tried again: bad.test.ts > b']);
  });

  it('keeps as failed what failed again, what was skipped then, and what was not there', () => {
    for (const tests of [{ a: 'passed', b: 'failed' }, { a: 'passed', b: 'skipped' }, { a: 'passed' }] as const) {
      const both = afterSecond(first, bad(tests));
      expect(closingLine(both)).toBe('2 passed, 1 failed, 1 skipped');
      expect(flaky(first, both)).toEqual([]);
    }
  });

  it('counts what fails in the second try only', () => {
    expect(closingLine(afterSecond(first, bad({ a: 'failed', b: 'passed' })))).toBe('2 passed, 1 failed, 1 skipped');
    expect(closingLine(afterSecond(first, tally([], 1)))).toBe('2 passed, 2 failed, 1 skipped');
  });

  it('tells the same file of two projects apart', () => {
    const ran = tally([file('x.test.ts', { a: 'failed' }), file('x.test.ts', { a: 'passed' }, 'cluster')]);
    const again = tally([file('x.test.ts', { a: 'passed' }), file('x.test.ts', { a: 'failed' }, 'cluster')]);
    expect(closingLine(afterSecond(ran, again))).toBe('1 passed, 1 failed');
  });

  it('counts a file that could not be loaded, and is content when it could then', () => {
    const broken = tally([file('bad.test.ts', { '': 'failed' })]);
    expect(closingLine(broken)).toBe('0 passed, 1 failed');
    expect(closingLine(afterSecond(broken, bad({ a: 'passed' })))).toBe('1 passed, 0 failed');
  });

  it('tries the few files that failed again, and nothing where many did, or none of them', () => {
    expect(failedFiles(first).map(({ path }) => path)).toEqual(['bad.test.ts']);
    expect(failedFiles({ ...first, loose: 1 })).toEqual([]);
    const many = Array.from({ length: 6 }, (_, number) => file(`${number}.test.ts`, { a: 'failed' }));
    expect(failedFiles(tally(many))).toEqual([]);
    expect(failedFiles(tally(many.slice(1)))).toHaveLength(5);
  });
});
