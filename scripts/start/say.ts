import { join } from 'node:path';
import { execa } from 'execa';

export const VMCTL = join(import.meta.dirname, '..', '..', 'bin', 'vmctl');

const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const bold = (text: string): string => (colour ? `\u001b[1m${text}\u001b[0m` : text);

/** A step of the tour, as a heading. */
export const step = (text: string): void => console.log(`\n${bold(text)}`);

/**
 * Runs vmctl before the reader's eyes: the line that they could have typed, then what it prints.
 * @throws when it fails; it has said why itself.
 */
export async function vmctl(...args: readonly string[]): Promise<void> {
  console.log(`$ vmctl ${args.join(' ')}`);
  await execa(VMCTL, args, { stdio: 'inherit' });
}

/** What vmctl prints, and whether it succeeded, without showing either. */
export async function quiet(...args: readonly string[]): Promise<{ ok: boolean; stdout: string }> {
  const { failed, stdout } = await execa(VMCTL, args, { stdin: 'ignore', stderr: 'ignore', reject: false });
  return { ok: !failed, stdout };
}
