import type { Readable } from 'node:stream';
import { execa, type Subprocess } from 'execa';
import { VMCTL } from './say.ts';

const TIMEOUT_MS = 120_000;

/** What the console is listened to with: a program that is ended as soon as it said enough. */
const LISTEN = { timeout: TIMEOUT_MS, buffer: false, reject: false } as const;

/** What a program prints up to a point, found by `until`; it is ended then. @throws when it ends before, or after two minutes. */
async function listen(
  child: Pick<Subprocess, 'kill'> & { readonly stdout: Readable },
  until: (heard: string) => boolean,
  show = (_chunk: string) => {},
): Promise<string> {
  let heard = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    heard += chunk;
    show(chunk);
    if (!until(heard)) continue;
    child.kill();
    return heard;
  }
  throw new Error(`the machine said something else on its console: ${heard.slice(-500)}`);
}

/** Shows a machine's serial console from its start on, until it prints `line`. */
export async function showBoot(machine: string, line: string): Promise<void> {
  console.log(`$ vmctl logs ${machine} -f`);
  const child = execa(VMCTL, ['logs', machine, '-f'], { ...LISTEN, stdin: 'ignore', stderr: 'inherit' });
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
  const child = execa(VMCTL, ['console', machine], { ...LISTEN, stdin: 'pipe', stderr: 'ignore' });
  child.stdin.write(`${mark} ${line}\n`);
  const answer = (heard: string) => heard.slice(heard.lastIndexOf(mark) + mark.length);
  const heard = await listen(child, (text) => text.includes(mark) && until.test(answer(text)));
  return answer(heard).replaceAll('\r', '').trim();
}
