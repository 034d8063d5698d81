const cache = new Map<string, RegExp>();

/** Go's flags that may open an RE2 expression. */
const FLAGS = /^\(\?([ims]+)\)/;

/**
 * An RE2 expression, as Go writes it, as a JavaScript one. What RE2 has and JavaScript lacks is rewritten: leading flags,
 * `\A` and `\z`, `(?P<name>…)`, POSIX classes. Throws SyntaxError for an expression that is none.
 */
export function goRegExp(source: string): RegExp {
  let compiled = cache.get(source);
  if (!compiled) {
    compiled = translate(source);
    cache.set(source, compiled);
  }
  return compiled;
}

function translate(source: string): RegExp {
  const flags = FLAGS.exec(source)?.[1] ?? '';
  const body = source
    .replace(FLAGS, '')
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole);
  try {
    return new RegExp(body, `u${flags}`);
  } catch {
    // RE2 allows escapes of punctuation that JavaScript's Unicode mode refuses.
    return new RegExp(body, flags);
  }
}

const POSIX: Record<string, string> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};
