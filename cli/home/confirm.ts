import { createInterface } from 'node:readline/promises';
import { Failure, usage } from '../errors.ts';

/** Asks on a terminal; elsewhere --yes has to say it. @throws Failure where the answer is not yes */
export async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw usage(`${question} There is no terminal to ask on`, 'say so with --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('failed', 'nothing was removed');
}
