import type { Environment } from '@marcbachmann/cel-js';
import { quote } from '../../field-error.ts';
import { goRegExp } from '../../regexp.ts';
import { formatText } from './format-text.ts';

class Strings {}

/** Kubernetes' regular expressions (find, findAll), and of cel-go's strings what cel-js lacks. */
export function registerStrings(env: Environment): void {
  env.registerFunction(
    'string.find(string): string',
    (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? '',
  );
  env.registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
    findAll(text, pattern, -1n),
  );
  env.registerFunction('string.findAll(string, int): list<string>', findAll);
  env.registerFunction('string.charAt(int): string', charAt);
  env.registerType('StringsNamespace', Strings).registerConstant('strings', 'StringsNamespace', new Strings());
  env.registerFunction('StringsNamespace.quote(string): string', (_: Strings, text: string) => quote(text));
  env.registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  );
  env.registerFunction('string.replace(string, string, int): string', replaceSome);
  env.registerFunction('string.format(list): string', formatText);
}

function findAll(text: string, pattern: string, limit: bigint): string[] {
  const { source, flags } = goRegExp(pattern);
  const found = Array.from(text.matchAll(new RegExp(source, `${flags}g`)), ([match]) => match);
  return limit < 0n ? found : found.slice(0, Number(limit));
}

function charAt(text: string, index: bigint): string {
  const runes = [...text];
  if (index < 0n || index > BigInt(runes.length)) throw new Error(`index out of range: ${index}`);
  return runes[Number(index)] ?? '';
}

function replaceSome(text: string, from: string, to: string, limit: bigint): string {
  if (limit < 0n) return text.replaceAll(from, () => to);
  const parts = text.split(from);
  const head = parts.splice(0, Number(limit) + 1);
  return [head.join(to), ...parts].join(from);
}
