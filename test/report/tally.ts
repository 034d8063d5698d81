export type State = 'passed' | 'failed' | 'skipped' | 'pending';

/** What the tests of one file came to in one project; what failed outside of its tests counts as one, without a name. */
export interface FileTally {
  readonly project: string;
  readonly path: string;
  readonly tests: readonly (readonly [name: string, state: State])[];
}

export interface Tally {
  readonly files: readonly FileTally[];
  /** Failures outside of any file, such as a promise that nobody waited for. */
  readonly loose: number;
}

/** So many files may fail by a busy moment. More are something that is broken, and trying again says no more. */
const MOST_AGAIN = 5;

const same = (one: FileTally) => (other: FileTally) => one.project === other.project && one.path === other.path;

const failedIn = ({ tests }: FileTally): string[] =>
  tests.flatMap(([name, state]) => (state === 'failed' ? [name] : []));

/** What has to be tried again, each file whole: many of its tests lean on what others have made. */
export function failedFiles({ files, loose }: Tally): readonly FileTally[] {
  const failed = files.filter((file) => failedIn(file).length > 0);
  return loose > 0 || failed.length > MOST_AGAIN ? [] : failed;
}

/** A second try of some files in the place of their first; whatever failed then must have passed now, not only be absent. */
export function afterSecond(first: Tally, second: Tally): Tally {
  const files = first.files.map((file) => {
    const again = second.files.find(same(file));
    return again ? decided(file, again) : file;
  });
  return { files, loose: first.loose + second.loose };
}

function decided(first: FileTally, second: FileTally): FileTally {
  const passed = new Set(second.tests.flatMap(([name, state]) => (state === 'passed' ? [name] : [])));
  const lost = failedIn(first).filter((name) => name !== '' && !passed.has(name));
  const others = second.tests.filter(([name]) => !lost.includes(name));
  return { ...second, tests: [...others, ...lost.map((name) => [name, 'failed'] as const)] };
}

/** One line for each test that failed and passed then: a fault to be found, of the test or of what it tests. */
export const flaky = (first: Tally, decision: Tally): string[] =>
  first.files.flatMap((file) => {
    const still = failedIn(decision.files.find(same(file)) ?? file);
    return failedIn(file)
      .filter((name) => !still.includes(name))
      .map((name) => `passed only when tried again: ${file.path} > ${name || '(outside of its tests)'}`);
  });

/** The closing line, `N passed, N failed[, N skipped]`. */
export function closingLine({ files, loose }: Tally): string {
  const states = files.flatMap(({ tests }) => tests.map(([, state]) => state));
  const count = (state: State) => states.filter((it) => it === state).length;
  const skipped = count('skipped') + count('pending');
  return `${count('passed')} passed, ${count('failed') + loose} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
