import { once } from 'node:events';
import { openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { Failure } from '../errors.ts';

const [ENTER, CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\r', '\u0003', '\u0004', '\b', '\u007f'];

/** Asks on the terminal, whatever standard input is; what is typed is not shown. @throws Failure without a terminal, or at Ctrl-C */
export async function askSecret(question: string): Promise<string> {
  const { input, output } = terminal(question);
  output.write(question);
  input.setRawMode(true);
  let typed = '';
  try {
    for (;;) {
      const [chunk] = (await once(input, 'data')) as [Buffer];
      for (const sign of chunk.toString()) {
        if (sign === ENTER || sign === '\n' || sign === CTRL_D) return typed;
        if (sign === CTRL_C) throw new Failure('failed', 'interrupted');
        typed = sign === BACKSPACE || sign === DELETE ? typed.slice(0, -1) : typed + sign;
      }
    }
  } finally {
    input.setRawMode(false);
    output.write('\n');
    input.destroy();
    output.destroy();
  }
}

function terminal(question: string): { input: ReadStream; output: WriteStream } {
  try {
    return { input: new ReadStream(openSync('/dev/tty', 'r')), output: new WriteStream(openSync('/dev/tty', 'w')) };
  } catch (cause) {
    const hint = 'load the key into an ssh agent, or name one without a passphrase by --identity-file';
    throw new Failure('failed', `there is no terminal to ask on: ${question.trim()}`, hint, { cause });
  }
}
