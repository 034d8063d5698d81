import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../cli/output/table.ts';
import { harmless, TerminalText } from '../../schemas/types/terminal-text.ts';

const pieces = (...texts: readonly (string | Uint8Array)[]): string => {
  const stream = new TerminalText();
  return texts.map((piece) => stream.push(Buffer.from(piece as string))).join('') + stream.end();
};

/** All that a terminal obeys but lines, tabs and colours. */
const OBEYED = /(?!\u001b\[[\d;:]{0,64}m|\r\n|[\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

describe("a guest's text on a terminal", () => {
  it.each([
    ['a question that the terminal would answer', 'a\u001b[6n\u001b[c\u001bZb', 'ab'],
    ['the clipboard and the title', 'a\u001b]52;c;cm0gLXJm\u0007\u001b]0;root\u001b\\b', 'ab'],
    ['a move of the cursor', '\u001b[2J\u001b[1;1H\u009b5Ab\bc', 'b^Hc'],
    ['a line that is written over', 'harmless\rrm -rf\n', 'harmless^Mrm -rf\n'],
    ['a string with no end', 'a\u001bP\u009dq', 'aM-^]q'],
  ])('does nothing to it with %s', (_what, text, left) => {
    expect(harmless(text)).toBe(left);
  });

  it('keeps lines, tabs, colours and letters', () => {
    const boot = '[\u001b[0;32m  OK  \u001b[0m] Started\tßsh — ü.\r\n\u001b[38:5:1mlogin:\u001b[m ';
    expect(harmless(boot)).toBe(boot);
    expect(harmless('a\r\r\nb')).toBe('a\r\nb');
  });

  it('is the same when it comes in pieces', () => {
    expect(pieces('a\u001b', '[3', '2mgreen\r', '\nb\u001b[6', 'n')).toBe('a\u001b[32mgreen\r\nb');
    const letter = Buffer.from('ü');
    expect(pieces(letter.subarray(0, 1), letter.subarray(1), letter.subarray(0, 1))).toBe('ü\ufffd');
  });

  it('holds nothing that is obeyed, whatever it is and wherever it is cut', () => {
    const alphabet = ['\u001b', '[', ']', '6', ';', 'm', 'n', 'P', '\\', '\u0007', '\r', '\n', '\u009b', '\u202e', 'ü'];
    const words = fc.oneof(fc.string({ unit: fc.constantFrom(...alphabet) }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(words), (texts) => {
        expect(pieces(...texts)).not.toMatch(OBEYED);
      }),
    );
  });

  it('is one line in a cell of a table', () => {
    expect(printable('a\nb\u001b[2J\u009b\u202ec')).toBe('a\\nb\\x1b[2J\\x9b\\u202ec');
  });
});
