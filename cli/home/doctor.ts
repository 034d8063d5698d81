import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Failure } from '../errors.ts';

/** One thing that was looked at, as `vm-executor --doctor` reports it. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Has the executor look at this host. @throws Failure where it cannot say */
export async function examine(dist: string, home: string): Promise<Check[]> {
  const args = [join(dist, 'vm-executor.cjs'), '--doctor', '--home', home];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  const code = await promise;
  try {
    const report = JSON.parse(text) as Check[] | { checks: Check[] };
    return Array.isArray(report) ? report : report.checks;
  } catch (cause) {
    throw new Failure(
      'failed',
      `vm-executor --doctor ended with exit code ${code} and no report`,
      'run: vm-executor --doctor',
      { cause },
    );
  }
}

const MARK = { ok: '✓', warning: '!', error: '✗' } satisfies Record<Check['status'], string>;

/** A line for each check, its hint below it. */
export const doctorLines = (checks: readonly Check[]): string[] =>
  checks.flatMap(({ name, status, message, hint }) => [
    `${MARK[status]} ${name}: ${message}`,
    ...(hint && status !== 'ok' ? hint.split('\n').map((line) => `    ${line}`) : []),
  ]);
