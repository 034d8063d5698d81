import { spawn } from 'node:child_process';
import { join } from 'node:path';

const VMCTL = join(import.meta.dirname, '..', '..', 'bin', 'vmctl');

const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const bold = (text: string): string => (colour ? `\u001b[1m${text}\u001b[0m` : text);

/** A step of the tour, as a heading. */
export const step = (text: string): void => console.log(`\n${bold(text)}`);

/**
 * Runs vmctl before the reader's eyes: the line that they could have typed, then what it prints.
 * @throws when it fails; it has said why itself.
 */
export function vmctl(...args: readonly string[]): Promise<void> {
  console.log(`$ vmctl ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(VMCTL, [...args], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`vmctl ${args.join(' ')} exited with ${code}`)),
    );
  });
}

/** What vmctl prints, and whether it succeeded, without showing either. */
export function quiet(...args: readonly string[]): Promise<{ ok: boolean; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(VMCTL, [...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ ok: code === 0, stdout }));
  });
}
