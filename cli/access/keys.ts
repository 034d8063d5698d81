import { usage } from '../errors.ts';
import { quoted } from '../names.ts';

/** Names that people use, by the `QKeyCode` of qemu. What is not here goes to qemu as it is. */
const NAMES: Readonly<Record<string, string>> = {
  control: 'ctrl',
  enter: 'ret',
  return: 'ret',
  escape: 'esc',
  del: 'delete',
  ins: 'insert',
  space: 'spc',
  pageup: 'pgup',
  pagedown: 'pgdn',
  win: 'meta_l',
  super: 'meta_l',
  meta: 'meta_l',
  altgr: 'alt_r',
  printscreen: 'print',
};

/** Keys of a US keyboard that a sign takes, beside letters and digits. */
const SIGNS: Readonly<Record<string, string>> = {
  ...{ ' ': 'spc', '\n': 'ret', '\t': 'tab', '-': 'minus', '=': 'equal', '[': 'bracket_left', ']': 'bracket_right' },
  ...{
    '\\': 'backslash',
    ';': 'semicolon',
    "'": 'apostrophe',
    '`': 'grave_accent',
    ',': 'comma',
    '.': 'dot',
    '/': 'slash',
  },
};

/** Signs above others, with shift. */
const SHIFTED: Readonly<Record<string, string>> = {
  ...{ '!': '1', '@': '2', '#': '3', $: '4', '%': '5', '^': '6', '&': '7', '*': '8', '(': '9', ')': '0' },
  ...{ _: '-', '+': '=', '{': '[', '}': ']', '|': '\\', ':': ';', '"': "'", '~': '`', '<': ',', '>': '.', '?': '/' },
};

/** `ctrl-alt-delete` as keys that are pressed at once. @throws Failure (usage) */
export function combination(text: string): string[] {
  const keys = text
    .toLowerCase()
    .split(/[-+]/)
    .map((key) => NAMES[key] ?? key);
  if (keys.every((key) => /^[a-z0-9_]+$/.test(key))) return keys;
  throw usage(`${quoted(text)} is no combination of keys`, 'write it as ctrl-alt-delete, f2 or ret');
}

/** What to press for one sign on a US keyboard. @throws Failure (usage) */
function pressFor(sign: string): string[] {
  if (/^[a-z0-9]$/.test(sign)) return [sign];
  if (/^[A-Z]$/.test(sign)) return ['shift', sign.toLowerCase()];
  const plain = SIGNS[sign];
  if (plain !== undefined) return [plain];
  const below = SHIFTED[sign];
  if (below === undefined)
    throw usage(`${quoted(sign)} is on no key of a US keyboard`, 'paste it over vmctl console or ssh');
  return ['shift', ...pressFor(below)];
}

/** A text as what to press, one sign after the other. @throws Failure (usage) */
export const typed = (text: string): string[][] => Array.from(text, pressFor);
