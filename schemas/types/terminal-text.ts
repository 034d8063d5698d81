import { stripVTControlCharacters } from 'node:util';
import { visible } from './untrusted.ts';

/** What a terminal may obey of a guest's: colours and bold, ECMA-48's SGR. They end with the next prompt. */
const COLOUR = /(\u001b\[[\d;:]{0,64}m)/;
/** The beginning of what only its end tells the meaning of. */
const UNFINISHED = /(?:\r+|\u001b(?:\[[\d;:?]{0,64})?)$/;

/**
 * Text of a guest for a terminal: lines, tabs and colours. Sequences that move the cursor, set titles, fill the clipboard or have the
 * terminal answer are left out; what else it would obey is shown as `cat -v` does.
 */
export const harmless = (text: string): string =>
  text
    .replace(/\r+\n/g, '\r\n')
    .split(COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : visible(stripVTControlCharacters(part))))
    .join('');

/** The same for text that comes in pieces, which may end within a character or a sequence. */
export class TerminalText {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** What may be written by now. */
  push(piece: Uint8Array): string {
    const text = this.#rest + this.#decoder.decode(piece, { stream: true });
    this.#rest = UNFINISHED.exec(text)?.[0] ?? '';
    return harmless(text.slice(0, text.length - this.#rest.length));
  }

  /** What was kept for more to come. */
  end(): string {
    return harmless(this.#rest + this.#decoder.decode());
  }
}
