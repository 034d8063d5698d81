import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const VMCTL = join(import.meta.dirname, '..', '..', 'bin', 'vmctl');
const TIMEOUT_MS = 120_000;

/** What a program prints up to a point, found by `until`; it is ended then. @throws when it ends before, or after two minutes. */
function listen(
  child: ChildProcess,
  until: (heard: string) => boolean,
  show = (_chunk: string) => {},
): Promise<string> {
  const timer = setTimeout(() => child.kill(), TIMEOUT_MS);
  let heard = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      show(chunk.toString());
      if (!until(heard)) return;
      child.kill();
      resolve(heard);
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      reject(new Error(`the machine said something else on its console: ${heard.slice(-500)}`));
    });
  });
}

/** Shows a machine's serial console from its start on, until it prints `line`. */
export async function showBoot(machine: string, line: string): Promise<void> {
  console.log(`$ vmctl logs ${machine} -f`);
  const child = spawn(VMCTL, ['logs', machine, '-f'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await listen(
    child,
    (heard) => heard.includes(line),
    (chunk) => process.stdout.write(chunk),
  );
  console.log();
}

let typed = 0;

/**
 * Types a line into a machine's serial console, as a person would with `vmctl console`, and waits for an answer.
 * The line begins with a mark that no earlier one had, since the console begins with what was said before.
 * @returns what the guest printed after the line that was typed, up to `until`.
 */
export async function typeInto(machine: string, line: string, until: RegExp): Promise<string> {
  typed += 1;
  const mark = `: ${process.pid}.${typed};`;
  const child = spawn(VMCTL, ['console', machine], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin?.write(`${mark} ${line}\n`);
  const answer = (heard: string) => heard.slice(heard.lastIndexOf(mark) + mark.length);
  const heard = await listen(child, (text) => text.includes(mark) && until.test(answer(text)));
  return answer(heard).replaceAll('\r', '').trim();
}
