import { spawn } from 'node:child_process';
import { join } from 'node:path';

const VMCTL = join(import.meta.dirname, '..', '..', 'bin', 'vmctl');
const TIMEOUT_MS = 60_000;

/**
 * Types a line into a machine's serial console, as a person would with `vmctl console`, and waits for an answer.
 * @returns what the guest printed on the lines that follow the one that was typed, up to `until`.
 */
export function typeInto(machine: string, line: string, until: RegExp): Promise<string> {
  const child = spawn(VMCTL, ['console', machine], { stdio: ['pipe', 'pipe', 'ignore'] });
  const timer = setTimeout(() => child.kill(), TIMEOUT_MS);
  let heard = '';
  child.stdin.write(`${line}\n`);
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      const answer = heard.slice(heard.indexOf(line) + line.length);
      if (until.test(answer)) {
        clearTimeout(timer);
        child.kill();
        resolve(answer.replaceAll('\r', '').trim());
      }
    });
    child.on('error', reject);
    child.on('close', () =>
      reject(new Error(`${machine} did not answer "${line}" on its console; it said: ${heard.slice(-500)}`)),
    );
  });
}
