import { join } from 'node:path';
import { Failure } from '../errors.ts';

/** One thing that was looked at, as `vm-executor --doctor` reports it. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'missing';
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** Has the executor look at this host. @throws Failure where it cannot say */
export async function examine(dist: string, home: string): Promise<Check[]> {
  const args = [join(dist, 'vm-executor.cjs'), '--doctor', '--home', home];
  const { execa } = await import('../chunks/run.ts');
  const how = await execa(process.execPath, args, { stdin: 'ignore', stderr: 'inherit', reject: false });
  try {
    return (JSON.parse(how.stdout) as { checks: Check[] }).checks;
  } catch (cause) {
    throw new Failure(
      'failed',
      `vm-executor --doctor ended with exit code ${how.exitCode} and no report`,
      'run: vm-executor --doctor',
      { cause },
    );
  }
}

const MARK = { ok: '✓', warning: '!', missing: '✗' } satisfies Record<Check['status'], string>;

/** A line for each check, what to do about it below. */
export const doctorLines = (checks: readonly Check[]): string[] =>
  checks.flatMap(({ name, status, message, fix }) => [
    `${MARK[status]} ${name}: ${message}`,
    ...(fix && status !== 'ok' ? fix.split('\n').map((line) => `    ${line}`) : []),
  ]);
