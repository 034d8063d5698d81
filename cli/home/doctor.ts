import { spawn } from 'node:child_process';
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
    return (JSON.parse(text) as { checks: Check[] }).checks;
  } catch (cause) {
    throw new Failure(
      'failed',
      `vm-executor --doctor ended with exit code ${code} and no report`,
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
